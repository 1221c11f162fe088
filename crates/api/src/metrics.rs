//! Metrics in the Prometheus text format, version 0.0.4.

use std::{
    fmt::{self, Write},
    time::Duration,
};

use axum::{extract::State, http::header, response::IntoResponse};
use ermu_engine::{Engine, LATENCY_BUCKETS_MS, LatencySnapshot, MetricsSnapshot};

use crate::staff::Staff;

pub(crate) async fn metrics(_: Staff, State(engine): State<Engine>) -> impl IntoResponse {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write(&mut text, &engine.metrics());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

fn write(out: &mut String, metrics: &MetricsSnapshot) -> fmt::Result {
    for (name, help, value) in &metrics.counters {
        writeln!(out, "# HELP ermu_{name}_total {}\n# TYPE ermu_{name}_total counter", help.trim())?;
        writeln!(out, "ermu_{name}_total {value}")?;
    }
    writeln!(out, "# HELP ermu_calls_active Calls on the line now.\n# TYPE ermu_calls_active gauge")?;
    writeln!(out, "ermu_calls_active {}", metrics.calls_active)?;
    writeln!(out, "# HELP ermu_effects_open What tickets asked for and is not done.\n# TYPE ermu_effects_open gauge")?;
    writeln!(out, "ermu_effects_open{{state=\"waiting\"}} {}", metrics.effects.waiting)?;
    writeln!(out, "ermu_effects_open{{state=\"given_up\"}} {}", metrics.effects.given_up)?;
    writeln!(out, "# HELP ermu_queued_jobs Jobs that wait for a model.\n# TYPE ermu_queued_jobs gauge")?;
    for (queue, jobs) in &metrics.queues {
        writeln!(out, "ermu_queued_jobs{{model=\"{queue}\"}} {jobs}")?;
    }
    for (name, help, latency) in &metrics.latencies {
        write_histogram(out, name, help.trim(), latency)?;
    }
    Ok(())
}

fn write_histogram(out: &mut String, name: &str, help: &str, latency: &LatencySnapshot) -> fmt::Result {
    writeln!(out, "# HELP ermu_{name}_seconds {help}\n# TYPE ermu_{name}_seconds histogram")?;
    let bounds = LATENCY_BUCKETS_MS.iter().map(|&ms| Duration::from_millis(ms).as_secs_f64().to_string());
    let mut count = 0;
    for (bucket, bound) in latency.buckets.iter().zip(bounds.chain(["+Inf".to_owned()])) {
        count += bucket;
        writeln!(out, "ermu_{name}_seconds_bucket{{le=\"{bound}\"}} {count}")?;
    }
    writeln!(out, "ermu_{name}_seconds_sum {}\nermu_{name}_seconds_count {count}", latency.sum.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_gauges_and_cumulative_buckets() {
        let mut buckets = vec![0; LATENCY_BUCKETS_MS.len() + 1];
        buckets[0] = 2;
        buckets[2] = 1;
        *buckets.last_mut().unwrap() = 1;
        let latency = LatencySnapshot { buckets, sum: Duration::from_millis(12_500) };
        let metrics = MetricsSnapshot {
            counters: vec![("turns", " Turns.", 7)],
            calls_active: 2,
            effects: ermu_engine::OpenEffects { waiting: 3, given_up: 1 },
            queues: vec![("transcriber", 3)],
            latencies: vec![("answer_latency", "Answers.", latency)],
        };
        let mut text = String::new();
        write(&mut text, &metrics).unwrap();
        for line in [
            "# HELP ermu_turns_total Turns.",
            "# TYPE ermu_turns_total counter",
            "ermu_turns_total 7",
            "ermu_calls_active 2",
            "ermu_effects_open{state=\"waiting\"} 3",
            "ermu_effects_open{state=\"given_up\"} 1",
            "ermu_queued_jobs{model=\"transcriber\"} 3",
            "ermu_answer_latency_seconds_bucket{le=\"0.05\"} 2",
            "ermu_answer_latency_seconds_bucket{le=\"0.1\"} 2",
            "ermu_answer_latency_seconds_bucket{le=\"0.2\"} 3",
            "ermu_answer_latency_seconds_bucket{le=\"10\"} 3",
            "ermu_answer_latency_seconds_bucket{le=\"+Inf\"} 4",
            "ermu_answer_latency_seconds_sum 12.5",
            "ermu_answer_latency_seconds_count 4",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n---\n{text}");
        }
    }
}
