//! Spanish and Portuguese: times, numbers and codes as words.

/// What the two say differently.
pub(super) struct Tongue {
    units: &'static str,
    tens: &'static str,
    hundreds: &'static str,
    hundred: &'static str,
    thousand: &'static str,
    /// Between the parts of a number.
    and: &'static str,
    /// Whether it stands between hundreds and what follows too.
    and_behind_hundreds: bool,
    hours: &'static str,
    comma: &'static str,
    percent: &'static str,
    /// From a to z.
    letters: &'static str,
}

pub(super) const SPANISH: Tongue = Tongue {
    units: "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete \
        dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho \
        veintinueve",
    tens: "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    hundreds: "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos",
    hundred: "cien",
    thousand: "mil",
    and: "y",
    and_behind_hundreds: false,
    hours: "horas",
    comma: "coma",
    percent: "por ciento",
    letters: "a be ce de e efe ge hache i jota ka ele eme ene o pe cu erre ese te u uve uve-doble equis ye zeta",
};

pub(super) const PORTUGUESE: Tongue = Tongue {
    units: "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete dezoito \
        dezenove",
    tens: "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    hundreds: "cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos",
    hundred: "cem",
    thousand: "mil",
    and: "e",
    and_behind_hundreds: true,
    hours: "horas",
    comma: "vírgula",
    percent: "por cento",
    letters: "á bê cê dê é efe gê agá i jota cá ele eme ene ó pê quê erre esse tê u vê dábliu xis ípsilon zê",
};

/// Digits from which a number is read one by one, as an order's.
const CODE_DIGITS: usize = 5;
/// Capitals that are no word: `TV`, `USB`.
const LONGEST_ABBREVIATION: usize = 3;

pub(super) fn spoken_form(text: &str, tongue: &Tongue) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first.is_alphanumeric() {
            true => rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, behind) = rest.split_at(end);
        rest = behind;
        if let Some((spoken, taken)) = time(token, behind, tongue).or_else(|| decimal(token, behind, tongue)) {
            out.push_str(&spoken);
            rest = &behind[taken..];
        } else if token == "%" {
            out.push_str(tongue.percent);
        } else {
            out.push_str(&spoken_token(token, behind, tongue));
        }
    }
    out
}

/// `10:05`, and how much of what follows the hour belongs to it.
fn time(hour: &str, behind: &str, tongue: &Tongue) -> Option<(String, usize)> {
    let minutes = behind.strip_prefix(':')?.get(..2)?;
    let more = behind[3..].starts_with(|c: char| c.is_ascii_digit());
    let (hour, minutes): (u32, u32) = (figures(hour)?, figures(minutes)?);
    if hour > 23 || minutes > 59 || more {
        return None;
    }
    let hour = number(hour, tongue);
    let spoken = match minutes {
        0 => format!("{hour} {}", tongue.hours),
        _ => format!("{hour} {} {}", tongue.and, number(minutes, tongue)),
    };
    Some((spoken, 3))
}

/// `0,5`
fn decimal(whole: &str, behind: &str, tongue: &Tongue) -> Option<(String, usize)> {
    let whole = figures(whole).filter(|_| whole.len() < CODE_DIGITS)?;
    let part = behind.strip_prefix(',')?;
    let part = &part[..part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len())];
    (!part.is_empty() && part.len() < 4)
        .then(|| (format!("{} {} {}", number(whole, tongue), tongue.comma, one_by_one(part, tongue)), part.len() + 1))
}

fn spoken_token(token: &str, behind: &str, tongue: &Tongue) -> String {
    let digits = token.chars().filter(char::is_ascii_digit).count();
    let letters = token.chars().count() - digits;
    match (digits, letters) {
        (0, 2..=LONGEST_ABBREVIATION) if token.chars().all(|c| c.is_ascii_uppercase()) => one_by_one(token, tongue),
        (0, _) => token.to_owned(),
        (1..CODE_DIGITS, 0) if digits == 1 || !token.starts_with('0') => {
            let mut spoken = figures(token).map(|value| number(value, tongue)).unwrap_or_default();
            // Before a noun uno is un.
            if spoken.ends_with("uno") && behind.starts_with(' ') && behind[1..].starts_with(char::is_lowercase) {
                spoken.truncate(spoken.len() - 1);
                if let Some(start) = spoken.strip_suffix("veintiun") {
                    spoken = format!("{start}veintiún");
                }
            }
            spoken
        }
        _ => one_by_one(token, tongue),
    }
}

fn figures(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A number below a hundred thousand, in words.
fn number(value: u32, tongue: &Tongue) -> String {
    let (thousands, rest) = (value / 1_000, value % 1_000);
    let mut parts = Vec::new();
    if thousands > 0 {
        if thousands > 1 {
            parts.push(below_thousand(thousands, tongue));
        }
        parts.push(tongue.thousand.to_owned());
    }
    if rest > 0 || thousands == 0 {
        let joins = thousands > 0 && tongue.and_behind_hundreds && (rest < 101 || rest % 100 == 0);
        parts.extend(joins.then(|| tongue.and.to_owned()));
        parts.push(below_thousand(rest, tongue));
    }
    parts.join(" ")
}

fn below_thousand(value: u32, tongue: &Tongue) -> String {
    let nth = |list: &'static str, at: u32| list.split(' ').nth(at as usize).unwrap_or("");
    let (hundreds, rest) = (value / 100, value % 100);
    if value == 100 {
        return tongue.hundred.to_owned();
    }
    let units = tongue.units.split(' ').count() as u32;
    let low = if rest < units {
        nth(tongue.units, rest).to_owned()
    } else {
        let ten = nth(tongue.tens, (rest - units) / 10);
        match rest % 10 {
            0 => ten.to_owned(),
            unit => format!("{ten} {} {}", tongue.and, nth(tongue.units, unit)),
        }
    };
    match (hundreds, rest) {
        (0, _) => low,
        (_, 0) => nth(tongue.hundreds, hundreds - 1).to_owned(),
        (_, _) => {
            let and = if tongue.and_behind_hundreds { format!(" {}", tongue.and) } else { String::new() };
            format!("{}{and} {low}", nth(tongue.hundreds, hundreds - 1))
        }
    }
}

/// `EF123456` → `e efe, uno dos tres, cuatro cinco seis`: letters together, digits three by three.
fn one_by_one(code: &str, tongue: &Tongue) -> String {
    let mut out = String::new();
    let (mut digits, mut letter_before) = (0, false);
    for character in code.chars() {
        let name = match character.to_digit(10) {
            Some(digit) => tongue.units.split(' ').nth(digit as usize),
            None => {
                let at = character.to_ascii_lowercase() as usize;
                at.checked_sub('a' as usize).and_then(|at| tongue.letters.split(' ').nth(at))
            }
        };
        let Some(name) = name else { continue };
        if character.is_ascii_digit() {
            let group = digits > 0 && digits % 3 == 0;
            out.push_str(if out.is_empty() {
                ""
            } else if group || letter_before {
                ", "
            } else {
                " "
            });
            digits += 1;
        } else if !out.is_empty() {
            out.push(' ');
        }
        letter_before = !character.is_ascii_digit();
        out.push_str(name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_spanish_says() {
        for (written, spoken) in [
            ("el pedido 123456", "el pedido uno dos tres, cuatro cinco seis"),
            ("guía EF123456789.", "guía e efe, uno dos tres, cuatro cinco seis, siete ocho nueve."),
            ("mañana antes de las 18:00", "mañana antes de las dieciocho horas"),
            ("hoy a las 10:05", "hoy a las diez y cinco"),
            ("el 2 de enero de 2027", "el dos de enero de dos mil veintisiete"),
            ("en los 7 días, 31 días, 24 horas", "en los siete días, treinta y un días, veinticuatro horas"),
            ("21 días", "veintiún días"),
            ("del 83 %", "del ochenta y tres por ciento"),
            ("tengo 6 5 4", "tengo seis cinco cuatro"),
            ("1299 yuanes, 0,50", "mil doscientos noventa y nueve yuanes, cero coma cinco cero"),
            ("un TV, 100", "un te uve, cien"),
            ("caso T000042", "caso te, cero cero cero, cero cuatro dos"),
        ] {
            assert_eq!(spoken_form(written, &SPANISH), spoken, "{written}");
        }
    }

    #[test]
    fn what_portuguese_says() {
        for (written, spoken) in [
            ("o pedido 654321", "o pedido seis cinco quatro, três dois um"),
            ("amanhã às 15:30", "amanhã às quinze e trinta"),
            ("em até 24 horas", "em até vinte e quatro horas"),
            ("1299 yuan", "mil duzentos e noventa e nove yuan"),
            ("2027, 1100, 365", "dois mil e vinte e sete, mil e cem, trezentos e sessenta e cinco"),
        ] {
            assert_eq!(spoken_form(written, &PORTUGUESE), spoken, "{written}");
        }
    }
}
