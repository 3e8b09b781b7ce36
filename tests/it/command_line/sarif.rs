//! `patgate check --format sarif`: what code scanning demands of it.

use patgate::policy::{Level, RuleName};
use serde_json::{Value, json};

use super::{STRICT, Shell, careless, github};
use crate::runner::classic;

/// The one run of a check by `policy`.
fn run(policy: &str) -> Value {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token);
    shell.write(".github/patgate.yml", policy);
    let said = shell.run(&["check", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let runs = sarif["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    runs[0].clone()
}

#[test]
fn the_tool_describes_every_rule() {
    let run = run(STRICT);
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "patgate");
    assert_eq!(driver["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(driver["informationUri"], env!("CARGO_PKG_REPOSITORY"));
    let rules = driver["rules"].as_array().unwrap();
    assert_eq!(rules.len(), RuleName::ALL.len());
    for (rule, described) in RuleName::ALL.iter().zip(rules) {
        assert_eq!(described["id"], rule.as_str());
        assert_eq!(described["shortDescription"]["text"], rule.summary());
        let level = match rule.level() {
            Level::Deny => "error",
            Level::Warn => "warning",
        };
        assert_eq!(described["defaultConfiguration"]["level"], level);
        let page = described["helpUri"].as_str().unwrap();
        let anchor = rule.as_str().replace('/', "");
        assert!(
            page.ends_with(&format!("/docs/rules.md#{anchor}")),
            "{page}"
        );
    }
}

#[test]
fn each_finding_is_a_result_at_a_place() {
    let run = run(STRICT);
    let results = run["results"].as_array().unwrap();
    insta::assert_snapshot!(format!("{:#}", results[0]), @r#"
    {
      "level": "error",
      "locations": [
        {
          "physicalLocation": {
            "artifactLocation": {
              "uri": ".github/patgate.yml",
              "uriBaseId": "%SRCROOT%"
            },
            "region": {
              "startColumn": 15,
              "startLine": 5
            }
          }
        }
      ],
      "message": {
        "text": "the token never expires, and an expiry is required; make a token with an expiry date"
      },
      "partialFingerprints": {
        "primaryLocationLineHash": "29338ae38431c2e5:1"
      },
      "ruleId": "expiry/required",
      "ruleIndex": 1
    }
    "#);
    let rules: Vec<_> = results
        .iter()
        .map(|result| result["ruleId"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["expiry/required", "scopes/excess"]);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(RuleName::ALL[index].as_str(), result["ruleId"]);
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], ".github/patgate.yml");
        assert!(location["region"]["startLine"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn a_finding_is_the_same_in_the_next_run() {
    let prints = |policy: &str| -> Vec<Value> {
        let run = run(policy);
        let results = run["results"].as_array().unwrap();
        results
            .iter()
            .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].clone())
            .collect()
    };
    let first = prints(STRICT);
    assert_eq!(first, prints(STRICT));
    assert_ne!(first[0], first[1]);
    let moved = format!("# A comment.\n{STRICT}");
    assert_eq!(first, prints(&moved), "wherever it stands");
}

#[test]
fn without_findings_there_are_none() {
    let run = run("version: 1\ngates: { default: { kinds: [classic] } }\n");
    assert_eq!(run["results"], json!([]));
    assert_eq!(run["automationDetails"]["id"], "patgate/default/");
}
