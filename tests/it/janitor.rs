//! What the main phase does with what earlier jobs left on a machine that remembers.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::issue::gate;
use crate::revoke::github;
use crate::runner::{Job, Ran, Step, classic};

const POLICY: &str =
    "    repositories: { acme/site: push }\n    lease: { format: [git, netrc, store] }";

const HOUR: Duration = Duration::from_hours(1);

fn age(path: &Path) {
    // A report may be of this very job, which lives for five days at most.
    let is_report = path.extension().is_some_and(|end| end == "json");
    let span = if is_report { HOUR * 24 * 6 } else { HOUR };
    let file = File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - span).unwrap();
}

fn write(job: &Job, path: &str, text: &str) {
    let path = job.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    age(&path);
}

/// A job on the machine of `job`, with nothing of its environment.
#[track_caller]
fn next(job: &mut Job, step: &mut Step) -> Ran {
    let event = job.path("workflow/event.json");
    fs::create_dir_all(event.parent().unwrap()).unwrap();
    fs::write(&event, "{}").unwrap();
    job.env.clear();
    let home = job.path("runner-home");
    fs::create_dir_all(&home).unwrap();
    job.env
        .insert("HOME".to_owned(), home.display().to_string());
    job.env
        .insert("GITHUB_EVENT_PATH".to_owned(), event.display().to_string());
    let ran = job.main(step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    ran
}

#[test]
fn what_is_ours_and_stale_is_removed_in_every_form() {
    let github = github();
    let mut job = Job::on(&github, "", &gate(POLICY));
    for form in ["git", "netrc", "store"] {
        let mut step = Step::new().with("token", &classic(0)).with("lease", form);
        assert_eq!(job.main(&mut step).status, Some(0));
        job.env.clear();
    }
    write(&job, "temp/patgate/.0123456789abcdef.netrc.tmp", "half");
    for entry in fs::read_dir(job.home()).unwrap() {
        age(&entry.unwrap().path());
    }
    let mut step = Step::new().with("token", &classic(0));
    let ran = next(&mut job, &mut step);
    assert!(
        ran.log.contains(
            "removed what an earlier job left: 1 sealed lease that no key of this job opens, 2 leases in plain text"
        ),
        "{}",
        ran.log
    );
    let names = fs::read_dir(job.home()).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let name = step.state("lease").unwrap();
    assert_eq!(
        names,
        [
            &format!("{name}.json"),
            &format!("{name}.lease"),
            "git-credential-patgate",
            "journal"
        ],
        "nothing but this step's"
    );
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
}

#[test]
fn what_another_step_of_the_job_leased_stays() {
    let github = github();
    for form in ["git", "netrc", "store"] {
        let mut job = Job::on(&github, "", &gate(POLICY));
        let mut first = Step::new().with("token", &classic(0)).with("lease", form);
        assert_eq!(job.main(&mut first).status, Some(0));
        let before: Vec<_> = fs::read_dir(job.home())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        // However long the job has been running.
        for path in &before {
            age(path);
        }
        let ran = job.main(&mut Step::new().with("token", &classic(0)));
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        assert!(!ran.log.contains("earlier job"), "{}", ran.log);
        let gone: Vec<_> = before.iter().filter(|path| !path.exists()).collect();
        assert!(gone.is_empty(), "{form}: {gone:?}");
    }
}

#[test]
fn a_lease_in_the_home_directory_of_an_older_runner_is_removed_too() {
    let github = github();
    let mut job = Job::on(&github, "", &gate(POLICY));
    write(&job, "runner-home/patgate/0123456789abcdef.lease", "sealed");
    let ran = next(&mut job, &mut Step::new().with("token", &classic(0)));
    assert!(
        ran.log
            .contains("removed what an earlier job left: 1 sealed"),
        "{}",
        ran.log
    );
    assert!(!job.path("runner-home/patgate").exists());
}

#[test]
fn what_others_left_is_told_and_not_touched() {
    let github = github();
    let mut job = Job::on(&github, "", &gate(POLICY));
    let places = [
        "temp/git-credentials-0b5e.config",
        "runner-home/.git-credentials",
        "runner-home/.docker/config.json",
        "workspace/gha-creds-12ab.json",
        "workspace/.git/config",
    ];
    for place in places {
        write(
            &job,
            place,
            "[http \"x\"]\n\textraheader = secret-of-another\n",
        );
    }
    // This job's own checkout is no leftover.
    fs::write(job.path("temp/git-credentials-of-now.config"), "x").unwrap();
    let fresh = SystemTime::now() + HOUR;
    File::options()
        .append(true)
        .open(job.path("temp/git-credentials-of-now.config"))
        .unwrap()
        .set_modified(fresh)
        .unwrap();
    let ran = next(&mut job, &mut Step::new().with("token", &classic(0)));
    for place in places {
        let place = place.replace("runner-home", "home");
        let notice = format!("::notice title=patgate::`{place}`");
        assert!(ran.log.contains(&notice), "{place}: {}", ran.log);
    }
    assert!(!ran.log.contains("of-now"), "{}", ran.log);
    assert!(!ran.log.contains("secret-of-another"), "{}", ran.log);
    for place in places {
        assert!(job.path(place).exists(), "{place}");
    }
}

#[test]
fn a_file_of_an_earlier_job_is_none_where_the_beginning_is_not_known() {
    let github = github();
    let mut job = Job::on(&github, "", &gate(POLICY));
    write(&job, "temp/git-credentials-0b5e.config", "x");
    let ran = job.main(&mut Step::new().with("token", &classic(0)));
    assert!(!ran.log.contains("earlier job"), "{}", ran.log);
}

#[test]
fn what_this_jobs_own_actions_wrote_is_no_leftover() {
    let github = github();
    let mut job = Job::on(&github, "", &gate(POLICY));
    let event = job.path("workflow/event.json");
    fs::create_dir_all(event.parent().unwrap()).unwrap();
    fs::write(&event, "{}").unwrap();
    fs::create_dir_all(job.path("workspace/.git")).unwrap();
    let header = "[http \"x\"]\n\textraheader = y\n";
    fs::write(job.path("workspace/.git/config"), header).unwrap();
    fs::write(job.path("temp/git-credentials-0b5e.config"), header).unwrap();
    // The runner writes it again for each action.
    let again = File::create(&event).unwrap();
    again.set_modified(SystemTime::now() + HOUR).unwrap();
    let event = event.display().to_string();
    job.env.insert("GITHUB_EVENT_PATH".to_owned(), event);
    let ran = job.main(&mut Step::new().with("token", &classic(0)));
    assert!(!ran.log.contains("earlier job"), "{}", ran.log);
}
