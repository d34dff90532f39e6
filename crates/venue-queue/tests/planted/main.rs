//! How strong the suite of the stores is: of the faults that are planted in a store, one at a time, it finds
//! each. `cargo test -p venue-queue --test planted -- --nocapture` tells which cases found which.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod faults;
mod queue;
mod store;
mod view;
mod work;

use std::panic;

use faults::{FAULTS, Fault};
use store::Planter;
use tokio::runtime::Builder;
use venue_conformance::Case;

/// The cases that fail with this fault.
fn failing(fault: Option<Fault>) -> Vec<String> {
    let runtime = Builder::new_current_thread().build().unwrap();
    let cases = Case::all().into_iter().chain(Case::of_retention());
    let fails = |case: &Case<Planter>| {
        let planter = Planter(fault);
        let run = panic::AssertUnwindSafe(|| runtime.block_on(case.run(&planter)));
        panic::catch_unwind(run).is_err()
    };
    cases.filter(fails).map(|case| format!("{case:?}")).collect()
}

#[test]
fn of_the_planted_faults_the_suite_finds_each() {
    // A case fails by a panic: expected here, and not to be told at length.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let none = failing(None);
    let found = FAULTS.map(|(fault, ..)| failing(Some(fault)));
    panic::set_hook(hook);
    assert_eq!(none, Vec::<String>::new(), "without a fault");
    for ((_, words, case), found) in FAULTS.iter().zip(&found) {
        println!("{words}: {}", found.join(", "));
        assert!(found.iter().any(|one| one == case), "{words}: not found by {case}: {found:?}");
    }
    let several = |(fault, ..): &&faults::Line| {
        FAULTS.iter().filter(|(other, ..)| other == fault).count() > 1
    };
    assert_eq!(FAULTS.iter().find(several), None, "each is planted once");
}
