//! `patgate completions`.

use std::process::Command;

use super::Shell;

#[test]
fn each_shell_has_a_script() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = shell.run(&["completions", name]);
        assert_eq!((said.status, said.err.as_str()), (Some(0), ""), "{name}");
        assert!(said.out.contains("completions"), "{name}: {}", said.out);
        shell.write(name, &said.out);
    }
    let bash = Command::new("bash")
        .arg("-n")
        .arg(shell.path("bash"))
        .output();
    let bash = bash.unwrap();
    assert!(
        bash.status.success(),
        "{}",
        String::from_utf8_lossy(&bash.stderr)
    );
    assert_eq!(shell.run(&["completions", "tcsh"]).status, Some(2));
}
