//! Options, rounds, medians, and one line per measure.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "what a benchmark is run for")]

use std::{fmt, time::Instant};

use crate::report;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    smoke: bool,
}

impl Run {
    /// Reads the command line: `--smoke` is just enough to see that everything works; what cargo
    /// itself passes (`--bench`) is ignored, as is `--raised`, which a benchmark tells itself. Prints the head of the table.
    #[must_use]
    pub fn start() -> Self {
        let mut run = Self { smoke: false };
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--smoke" => run.smoke = true,
                "--bench" | "--raised" => {}
                other => {
                    eprintln!("unknown argument {other}: there is --smoke");
                    std::process::exit(2);
                }
            }
        }
        report::begin(run.smoke);
        if run.smoke {
            println!("(smoke: it works or it does not; the figures mean nothing)");
        }
        println!(
            "{:<46} {:>12} {:>12} {:>7}  {:<14} verdict",
            "measure", "ours", "baseline", "ratio", "goal"
        );
        run
    }

    /// `full`, or `smoke` in a smoke run.
    #[must_use]
    pub fn pick<T>(self, full: T, smoke: T) -> T {
        if self.smoke { smoke } else { full }
    }

    /// How many times ours and the baseline take turns.
    #[must_use]
    pub fn rounds(self) -> usize {
        self.pick(15, 2)
    }

    /// Takes turns: ours, baseline, ours, baseline; both return the figure of one round.
    pub fn alternate(
        self,
        mut ours: impl FnMut() -> f64,
        mut baseline: impl FnMut() -> f64,
    ) -> Pair {
        let mut pair = Pair::default();
        for _ in 0..self.rounds() {
            pair.ours.push(ours());
            pair.baseline.push(baseline());
        }
        pair
    }
}

/// The rounds of one measure and of its baseline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// One figure per round.
    pub ours: Vec<f64>,
    /// One figure per round; none where there is nothing to compare with.
    pub baseline: Vec<f64>,
}

impl Pair {
    /// How much more the median of ours is.
    #[must_use]
    pub fn difference(&self) -> f64 {
        median(&self.ours) - median(&self.baseline)
    }

    /// Prints one line: the medians, their ratio, and whether the goal is met.
    pub fn print(&self, name: &str, unit: Unit, goal: Goal) {
        let ours = median(&self.ours);
        let baseline = (!self.baseline.is_empty()).then(|| median(&self.baseline));
        println!("{}", line(name, unit, goal, ours, baseline));
        report::append(name, unit.name(), ours, baseline, goal.is_met(ours, baseline));
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Something per second.
    PerSecond,
    /// Bytes, printed as KiB.
    Bytes,
    /// Per cent of one core.
    Core,
    /// How many.
    Count,
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::PerSecond => "per_second",
            Self::Bytes => "bytes",
            Self::Core => "percent_of_core",
            Self::Count => "count",
        }
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::Nanoseconds => format!("{value:.0} ns"),
            Self::Microseconds => format!("{value:.1} us"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::PerSecond if value >= 1e6 => format!("{:.2} M/s", value / 1e6),
            Self::PerSecond => format!("{:.1} k/s", value / 1e3),
            Self::Bytes if value >= 1_048_576.0 => format!("{:.2} MiB", value / 1_048_576.0),
            Self::Bytes => format!("{:.2} KiB", value / 1024.0),
            Self::Core => format!("{value:.3} %"),
            Self::Count => format!("{value:.1}"),
        }
    }
}

/// What is aimed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// Nothing: the figure explains another one.
    None,
    /// At most this many times the baseline.
    Ratio(f64),
    /// At least this many times the baseline.
    AtLeastRatio(f64),
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// At most this above the baseline.
    Above(f64),
}

impl Goal {
    fn show(self, unit: Unit) -> String {
        match self {
            Self::None => "-".to_owned(),
            Self::Ratio(limit) => format!("<= {limit:.2}x"),
            Self::AtLeastRatio(limit) => format!(">= {limit:.2}x"),
            Self::AtMost(limit) => format!("<= {}", unit.show(limit)),
            Self::AtLeast(limit) => format!(">= {}", unit.show(limit)),
            Self::Above(limit) => format!("<= +{}", unit.show(limit)),
        }
    }

    fn is_met(self, ours: f64, baseline: Option<f64>) -> Option<bool> {
        match (self, baseline) {
            (Self::None, _) | (Self::Ratio(_) | Self::AtLeastRatio(_) | Self::Above(_), None) => {
                None
            }
            (Self::Ratio(limit), Some(baseline)) => Some(ours <= limit * baseline),
            (Self::AtLeastRatio(limit), Some(baseline)) => Some(ours >= limit * baseline),
            (Self::Above(limit), Some(baseline)) => Some(ours - baseline <= limit),
            (Self::AtMost(limit), _) => Some(ours <= limit),
            (Self::AtLeast(limit), _) => Some(ours >= limit),
        }
    }
}

fn line(name: &str, unit: Unit, goal: Goal, ours: f64, baseline: Option<f64>) -> String {
    let dash = || "-".to_owned();
    let verdict = match goal.is_met(ours, baseline) {
        Some(true) => "met",
        Some(false) => "missed",
        None => "-",
    };
    format!(
        "{name:<46} {:>12} {:>12} {:>7}  {:<14} {verdict}",
        unit.show(ours),
        baseline.map_or_else(dash, |baseline| unit.show(baseline)),
        baseline.map_or_else(dash, |baseline| format!("{:.2}x", ours / baseline)),
        goal.show(unit),
    )
}

/// Says something about the figures around it.
pub fn note(text: impl fmt::Display) {
    println!("  {text}");
}

/// The middle one of `figures`, or the mean of the two in the middle.
///
/// # Panics
/// Without figures.
#[must_use]
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle).expect("there are figures");
    if sorted.len() % 2 == 1 {
        return upper;
    }
    let lower = sorted.get(middle - 1).copied().unwrap_or(upper);
    f64::midpoint(lower, upper)
}

/// The figure that `share` (0 to 1) of `figures` do not exceed.
///
/// # Panics
/// Without figures.
#[must_use]
pub fn percentile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share).ceil() as usize;
    *sorted.get(place.saturating_sub(1)).expect("there are figures")
}

/// Nanoseconds of one `work`, as the mean of `times` runs.
pub fn mean_ns(times: u32, mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        work();
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(times)
}

/// Microseconds of one `work`: the median of `times` runs, so that a pre-emption does not count.
pub async fn median_us(times: u32, mut work: impl AsyncFnMut()) -> f64 {
    let mut figures = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        work().await;
        figures.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    median(&figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 900.0]), 3.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 900.0]), 3.0);
    }

    #[test]
    fn a_percentile_is_one_of_the_figures() {
        let figures: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&figures, 0.99), 99.0);
        assert_eq!(percentile(&figures, 0.5), 50.0);
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
    }

    #[test]
    fn a_line_tells_ratio_goal_and_verdict() {
        let words = |goal, ours, baseline| {
            line("call", Unit::Microseconds, goal, ours, baseline)
                .split_whitespace()
                .skip(1)
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join(" ")
        };
        let ratio = Goal::Ratio(1.15);
        assert_eq!(words(ratio, 11.0, Some(10.0)), "11.0 us 10.0 us 1.10x <= 1.15x met");
        assert_eq!(words(ratio, 12.0, Some(10.0)), "12.0 us 10.0 us 1.20x <= 1.15x missed");
        let at_least = Goal::AtLeastRatio(0.85);
        assert_eq!(words(at_least, 8.0, Some(10.0)), "8.0 us 10.0 us 0.80x >= 0.85x missed");
        assert_eq!(words(Goal::AtMost(9.0), 12.0, None), "12.0 us - - <= 9.0 us missed");
        assert_eq!(words(Goal::None, 1.0, None), "1.0 us - - - -");
    }

    #[test]
    fn units_are_readable() {
        assert_eq!(Unit::PerSecond.show(3_210_000.0), "3.21 M/s");
        assert_eq!(Unit::PerSecond.show(420_000.0), "420.0 k/s");
        assert_eq!(Unit::Bytes.show(2_048.0), "2.00 KiB");
        assert_eq!(Unit::Bytes.show(3_145_728.0), "3.00 MiB");
    }
}
