//! `shop.yaml`: who the shop is.

use ermu_domain::{Language, Localized};
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{PackError, Problems};

pub(super) const FILE: &str = "shop.yaml";

/// A shop's own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// The shop's name.
    pub name: Localized,
    /// What the robot calls itself.
    pub persona: Localized,
    /// IANA name of the shop's time zone, for example `Asia/Shanghai`.
    pub timezone: String,
    /// What the shop speaks; the first is its own language. What it always says in the same words is synthesised ahead in these.
    pub languages: Vec<Language>,
    /// How long its order numbers are.
    pub order_digits: DigitRange,
    /// Within what time a person calls back.
    pub callback: Localized,
    /// The manner of speaking, one of `personas.yaml`; none speaks as the wording files say.
    pub manner: Option<String>,
    /// Words that no answer of this shop may hold.
    pub never_say: Vec<String>,
}

impl Shop {
    /// Stands in for a shop whose file cannot be read, so that the other files can be checked.
    pub(super) fn unread() -> Self {
        let name = || Localized::new("?".to_owned(), "?".to_owned());
        Self {
            name: name(),
            persona: name(),
            timezone: String::new(),
            languages: vec![Language::Chinese],
            order_digits: DigitRange { min: 4, max: 24 },
            callback: name(),
            manner: None,
            never_say: Vec::new(),
        }
    }
}

/// The least and the greatest number of digits in an order number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigitRange {
    /// At least 4, so that a price or a size is no order number.
    pub min: usize,
    /// At most 24.
    pub max: usize,
}

impl DigitRange {
    /// How many digits an order number has, if all have as many.
    pub const fn exact(self) -> Option<usize> {
        if self.min == self.max { Some(self.min) } else { None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShopYaml {
    name: Spanned<Localized>,
    persona: Spanned<Localized>,
    timezone: Spanned<String>,
    languages: Spanned<Vec<Language>>,
    order_digits: Spanned<DigitRange>,
    callback: Spanned<Localized>,
    #[serde(default)]
    manner: Option<String>,
    #[serde(default)]
    never_say: Vec<String>,
}

pub(super) fn parse(text: &str) -> Result<Shop, PackError> {
    let yaml: ShopYaml = serde_saphyr::from_str(text).map_err(|error| PackError::yaml(FILE, &error))?;
    let mut problems = Problems::default();
    for (key, value) in [("name", &yaml.name), ("persona", &yaml.persona), ("callback", &yaml.callback)] {
        if value.value.zh.trim().is_empty() || value.value.en.trim().is_empty() {
            problems.add(FILE, value.defined.line(), format!("`{key}` needs both zh and en"));
        }
    }
    if yaml.timezone.value.trim().is_empty() {
        problems.add(FILE, yaml.timezone.defined.line(), "`timezone` needs a name such as Asia/Shanghai");
    }
    if yaml.languages.value.is_empty() {
        problems.add(FILE, yaml.languages.defined.line(), "`languages` is empty: write [zh, en]");
    }
    let digits = yaml.order_digits.value;
    if digits.min < 4 || digits.max > 24 || digits.min > digits.max {
        problems.add(FILE, yaml.order_digits.defined.line(), "`order_digits` needs 4 ≤ min ≤ max ≤ 24");
    }
    problems.end()?;
    Ok(Shop {
        name: yaml.name.value,
        persona: yaml.persona.value,
        timezone: yaml.timezone.value,
        languages: yaml.languages.value,
        order_digits: digits,
        callback: yaml.callback.value,
        manner: yaml.manner,
        never_say: yaml.never_say,
    })
}
