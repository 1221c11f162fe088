//! Files of lines with their intents.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::{Context, bail};
use serde::Deserialize;

/// Something that a customer said.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Line {
    /// What was said.
    pub(super) text: String,
    /// What was meant.
    #[serde(rename = "y")]
    pub(super) label: String,
    /// All that it names, values by slot; none where nobody has said.
    #[serde(default)]
    pub(super) slots: Option<BTreeMap<String, BTreeSet<String>>>,
}

/// Reads JSON (a list of objects with `text` and `y`) or text (`intent|line|line|…`; `#` begins a comment). In text what a line
/// names may stand behind it: `order_status|where is 123456? {number=123456}`; `{}` if it names nothing.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = if path.extension().is_some_and(|extension| extension == "json") {
        serde_json::from_str(&text).with_context(|| format!("{} is no list of lines", path.display()))?
    } else {
        bars(&text).with_context(|| path.display().to_string())?
    };
    if lines.is_empty() {
        bail!("{} holds no lines", path.display());
    }
    lines.iter_mut().for_each(|line| line.text = unmask(&line.text));
    Ok(lines)
}

fn bars(text: &str) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (number, row) in text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty() && !row.starts_with('#')) {
        let (label, texts) = row.split_once('|').with_context(|| format!("line {} lacks a `|`", number + 1))?;
        for text in texts.split('|').map(str::trim).filter(|text| !text.is_empty()) {
            let (text, slots) = match text.strip_suffix('}').and_then(|text| text.split_once('{')) {
                None => (text, None),
                Some((text, named)) => {
                    (text.trim(), Some(slots(named).with_context(|| format!("line {}", number + 1))?))
                }
            };
            lines.push(Line { text: text.to_owned(), label: label.trim().to_owned(), slots });
        }
    }
    Ok(lines)
}

/// `slot=value slot=value`; a slot may have several values.
fn slots(named: &str) -> anyhow::Result<BTreeMap<String, BTreeSet<String>>> {
    let mut slots: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for pair in named.split_whitespace() {
        let (slot, value) = pair.split_once('=').with_context(|| format!("{pair:?} is no slot=value"))?;
        slots.entry(slot.to_owned()).or_default().insert(value.to_owned());
    }
    Ok(slots)
}

/// Logs are often masked for privacy: `[数字x]`. Nobody says that to a shop, so something of the kind is put in.
fn unmask(text: &str) -> String {
    const MASKS: [(&str, &str); 12] = [
        ("[数字x]", "3"),
        ("[订单x]", "123456789012"),
        ("[金额x]", "199"),
        ("[日期x]", "11月8日"),
        ("[时间x]", "下午3点"),
        ("[姓名x]", "王芳"),
        ("[地址x]", "北京市朝阳区建国路8号"),
        ("[站点x]", "朝阳站"),
        ("[电话x]", "13800001111"),
        ("[邮箱x]", "a@example.com"),
        ("[链接x]", "https://item.example.com/1.html"),
        ("[组织机构x]", "华新公司"),
    ];
    MASKS.iter().fold(text.to_owned(), |text, (mask, value)| text.replace(mask, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_between_bars_and_masks() {
        let lines = bars("# c\ninvoice|要发票|[数字x]张发票\n\nhuman|转人工\n").unwrap();
        assert_eq!(lines.len(), 3);
        assert_eq!((lines[2].label.as_str(), lines[2].text.as_str()), ("human", "转人工"));
        assert_eq!(unmask(&lines[1].text), "3张发票");
        let named = bars("damage|x {defect=chip product=cup product=fan}|y {}|z").unwrap();
        let slots = named[0].slots.as_ref().unwrap();
        assert_eq!((named[0].text.as_str(), slots["product"].len(), slots["defect"].len()), ("x", 2, 1));
        assert!(named[1].slots.as_ref().unwrap().is_empty() && named[2].slots.is_none());
        assert!(format!("{:#}", bars("damage|x {chip}").unwrap_err()).contains("line 1: \"chip\""));
        assert!(bars("no bar").unwrap_err().to_string().contains("line 1"));
    }
}
