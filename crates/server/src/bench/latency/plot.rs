//! Plots as inline SVG: they need neither scripts nor a network, and follow the page's colours.

use std::fmt::Write;

use crate::call::escape;

/// Width of every plot, in the units of its own coordinates.
const WIDTH: f64 = 720.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 34.0;

/// One line of a line plot.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// One bar, made of parts.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) parts: Vec<f64>,
}

/// A limit that is drawn across the plot.
#[derive(Clone, Copy)]
pub(super) struct Limit {
    pub(super) at: f64,
    pub(super) name: &'static str,
}

/// Names and colours of lines or parts, above a plot.
pub(super) fn key(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let items = names.into_iter().enumerate();
    let items: String =
        items.map(|(n, name)| format!("<span class=c{}>■</span> {} ", n % 8, escape(name.as_ref()))).collect();
    format!("<p class=key>{items}</p>")
}

/// Horizontal bars of stacked parts, one scale for all, with limits as vertical lines.
pub(super) fn bars(bars: &[Bar], unit: &str, limits: &[Limit]) -> String {
    let total = |bar: &Bar| bar.parts.iter().map(|part| part.max(0.0)).sum::<f64>();
    let most = bars.iter().map(total).chain(limits.iter().map(|limit| limit.at)).fold(0.0, f64::max);
    let scale = Scale::new(most);
    let row = if bars.len() > 12 { 13.0 } else { 30.0 };
    let mut svg = String::new();
    for (index, bar) in bars.iter().enumerate() {
        let y = TOP + row * index as f64;
        let mut from = 0.0;
        let _ = write!(svg, "<g><title>{}: {:.0} {unit}</title>", escape(&bar.name), total(bar));
        for (part, value) in bar.parts.iter().map(|part| part.max(0.0)).enumerate() {
            let (x, width) = (scale.x(from), scale.x(from + value) - scale.x(from));
            let height = row * 0.78;
            let _ = write!(svg, "<rect class=c{} x={x:.1} y={y:.1} width={width:.1} height={height:.1} />", part % 8);
            from += value;
        }
        let (size, middle) = (if row < 20.0 { 9 } else { 12 }, y + row * 0.55);
        let name: String = bar.name.chars().take(28).collect();
        let _ = write!(
            svg,
            "<text x={:.0} y={middle:.1} font-size={size} text-anchor=end>{}</text>\
             <text x={:.1} y={middle:.1} font-size={size}>{:.0}</text></g>",
            LEFT - 6.0,
            escape(&name),
            scale.x(from) + 4.0,
            total(bar),
        );
    }
    let height = TOP + row * bars.len() as f64;
    framed(&svg, &scale, height, unit, limits)
}

/// Cumulative distribution of each sample: which share of the values is at most x.
pub(super) fn cumulative(samples: Vec<(String, Vec<f64>)>, unit: &str, limits: &[Limit]) -> String {
    let steps = |(name, mut values): (String, Vec<f64>)| {
        values.sort_unstable_by(f64::total_cmp);
        let count = values.len().max(1) as f64;
        let steps = values.iter().enumerate();
        let points = steps.flat_map(|(n, &x)| [(x, n as f64 / count), (x, (n + 1) as f64 / count)]).collect();
        Line { name, points }
    };
    let lines: Vec<Line> = samples.into_iter().map(steps).collect();
    let scale = Scale::new(greatest(&lines, |(x, _)| x, limits));
    let height = TOP + 200.0;
    let y = |share: f64| height - share * 200.0;
    let mut svg = String::new();
    for share in [0.0, 0.5, 0.95, 1.0] {
        level(&mut svg, y(share), &format!("{:.0} %", share * 100.0));
    }
    for (index, line) in lines.iter().enumerate() {
        let points: String =
            line.points.iter().map(|&(x, share)| format!("{:.1},{:.1} ", scale.x(x), y(share))).collect();
        let name = escape(&line.name);
        let _ = write!(svg, "<polyline class=c{} points='{points}'><title>{name}</title></polyline>", index % 8);
    }
    framed(&svg, &scale, height, unit, limits)
}

/// How many values fall into each of the stretches between 0 and the largest.
pub(super) fn histogram(values: &[f64], unit: &str, limits: &[Limit]) -> String {
    const STRETCHES: usize = 30;
    let most = values.iter().copied().chain(limits.iter().map(|limit| limit.at)).fold(0.0, f64::max);
    let scale = Scale::new(most);
    let mut counts = [0_usize; STRETCHES];
    for value in values {
        let stretch = (value.max(0.0) / scale.most * STRETCHES as f64) as usize;
        counts[stretch.min(STRETCHES - 1)] += 1;
    }
    let tallest = counts.iter().copied().max().unwrap_or(1).max(1);
    let height = TOP + 120.0;
    let mut svg = String::new();
    for (stretch, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let width = (scale.x(scale.most) - scale.x(0.0)) / STRETCHES as f64;
        let (x, tall) = (scale.x(0.0) + width * stretch as f64, 120.0 * count as f64 / tallest as f64);
        let (y, width) = (height - tall, width - 1.0);
        let _ = write!(
            svg,
            "<rect class=c0 x={x:.1} y={y:.1} width={width:.1} height={tall:.1}><title>{count}</title></rect>"
        );
    }
    level(&mut svg, TOP, &tallest.to_string());
    framed(&svg, &scale, height, unit, limits)
}

/// Lines over a few values of x that stand at even distances, such as 1, 2, 4, 8; limits lie across.
pub(super) fn lines(xs: &[String], lines: &[Line], unit: &str, limits: &[Limit]) -> String {
    let most = greatest(lines, |(_, y)| y, limits);
    let scale = Scale::new(most);
    let height = TOP + 200.0;
    let y = |value: f64| height - value / scale.most * 200.0;
    let x = |index: f64| LEFT + (WIDTH - LEFT - RIGHT) * (index + 0.5) / xs.len().max(1) as f64;
    let mut svg = String::new();
    for tick in scale.ticks() {
        level(&mut svg, y(tick), &format!("{tick:.0} {unit}"));
    }
    for (index, name) in xs.iter().enumerate() {
        let (x, y) = (x(index as f64), height + 16.0);
        let _ = write!(svg, "<text x={x:.1} y={y:.1} font-size=12 text-anchor=middle>{}</text>", escape(name));
    }
    for Limit { at, name } in limits {
        let (y, right) = (y(*at), WIDTH - RIGHT);
        let _ = write!(
            svg,
            "<line class=limit x1={LEFT} x2={right} y1={y:.1} y2={y:.1} />\
             <text class=limit x={right} y={:.1} font-size=11 text-anchor=end>{name}</text>",
            y - 3.0
        );
    }
    for (index, line) in lines.iter().enumerate() {
        let class = index % 8;
        let points: Vec<(f64, f64)> = line.points.iter().map(|&(at, value)| (x(at), y(value))).collect();
        let path: String = points.iter().map(|(x, y)| format!("{x:.1},{y:.1} ")).collect();
        let _ =
            write!(svg, "<polyline class=c{class} points='{path}'><title>{}</title></polyline>", escape(&line.name));
        for ((x, y), (_, value)) in points.iter().zip(&line.points) {
            let _ = write!(
                svg,
                "<circle class=c{class} cx={x:.1} cy={y:.1} r=3.5 /><text x={:.1} y={:.1} font-size=11>{value:.0}</text>",
                x + 6.0,
                y - 5.0
            );
        }
    }
    finished(&svg, height + BOTTOM)
}

fn greatest(lines: &[Line], of: impl Fn((f64, f64)) -> f64, limits: &[Limit]) -> f64 {
    let values = lines.iter().flat_map(|line| line.points.iter().map(|&point| of(point)));
    values.chain(limits.iter().map(|limit| limit.at)).fold(0.0, f64::max)
}

/// From values to places, 0 at the left edge.
struct Scale {
    most: f64,
    step: f64,
}

impl Scale {
    fn new(most: f64) -> Self {
        let most = if most.is_finite() && most > 0.0 { most * 1.08 } else { 1.0 };
        // Four to ten ticks at 1, 2 or 5 times a power of ten.
        let power = 10_f64.powf((most / 4.0).log10().floor());
        let step = [5.0, 2.0, 1.0].into_iter().map(|n| n * power).find(|step| most / step >= 4.0).unwrap_or(power);
        Self { most, step }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (value / self.most).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (step, count) = (self.step, (self.most / self.step) as u32);
        (0..=count).map(move |n| step * f64::from(n))
    }
}

/// A horizontal line with its value.
fn level(svg: &mut String, y: f64, name: &str) {
    let _ = write!(
        svg,
        "<line class=grid x1={LEFT} x2={} y1={y:.1} y2={y:.1} />\
         <text x={} y={:.1} font-size=11 text-anchor=end>{name}</text>",
        WIDTH - RIGHT,
        LEFT - 6.0,
        y + 4.0
    );
}

/// Adds the axis below and the limits.
fn framed(inside: &str, scale: &Scale, height: f64, unit: &str, limits: &[Limit]) -> String {
    let mut svg = String::new();
    for tick in scale.ticks() {
        let x = scale.x(tick);
        let _ = write!(
            svg,
            "<line class=grid x1={x:.1} x2={x:.1} y1={TOP} y2={height} />\
             <text x={x:.1} y={:.1} font-size=11 text-anchor=middle>{tick:.0}</text>",
            height + 14.0
        );
    }
    let _ = write!(svg, "<text x={} y={:.1} font-size=11 text-anchor=end>{unit}</text>", WIDTH - RIGHT, height + 28.0);
    svg.push_str(inside);
    for Limit { at, name } in limits {
        let x = scale.x(*at);
        let _ = write!(
            svg,
            "<line class=limit x1={x:.1} x2={x:.1} y1={TOP} y2={height} />\
             <text class=limit x={x:.1} y={:.1} font-size=11 text-anchor=middle>{name}</text>",
            height + 28.0
        );
    }
    finished(&svg, height + BOTTOM)
}

fn finished(inside: &str, height: f64) -> String {
    format!("<svg viewBox='0 0 {WIDTH} {height:.0}' role=img>{inside}</svg>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        for most in [0.0, 0.7, 9.0, 100.0, 1_234.0, 99_999.0, f64::NAN] {
            let ticks: Vec<f64> = Scale::new(most).ticks().collect();
            assert!((4..=11).contains(&ticks.len()), "{most}: {ticks:?}");
        }
        assert_eq!(Scale::new(1_000.0).ticks().take(3).collect::<Vec<_>>(), [0.0, 200.0, 400.0]);
    }

    #[test]
    fn names_of_strangers_stay_text() {
        let svg = bars(&[Bar { name: "<b>".into(), parts: vec![1.0, -2.0] }], "ms", &[]);
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"), "{svg}");
        assert!(!svg.contains("width=-"), "{svg}");
    }
}
