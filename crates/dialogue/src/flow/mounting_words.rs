//! What callers say while they hang something, in all languages, and measures in words. Texts are compared normalised: lower
//! case, no accents, one form of each Arabic letter.

use ermu_domain::{Language, MarkSeen, MountingTemplate, WallPoint, WallReport};

use crate::wording::{self, Phrase, Wording};

/// A mark nearer than this to where it belongs is right: a drill is not more exact.
const GOOD_MM: f32 = 2.0;

/// Words that say by themselves that holes are wanted, and those that do so of an article that is hung.
pub(super) const HOLES: &str = "打孔|钻孔|打洞|打眼|孔位|孔打|哪里打|where to drill|where do i drill|drill the hole|drill hole|screw hole|\
    donde taladro|donde taladrar|donde perforo|donde hago los agujeros|donde van los agujeros|taladrar los agujeros|hacer los agujeros|\
    onde furo|onde furar|onde faco os furos|onde ficam os furos|onde vao os furos|fazer os furos|furar a parede|\
    اين اثقب|اين احفر|مكان الثقوب|اماكن الثقوب|مواضع الثقوب|احفر الثقوب|اثقب الجدار|اثقب الحائط";
pub(super) const HANGS: &str = "上墙|挂墙|装墙|装在墙|挂在墙|怎么装|怎么安装|如何安装|怎么挂|自己装|自己安装|装在哪|挂在哪|挂多高|装多高|on the wall|\
    how do i mount|how to mount|how do i hang|how to hang|how do i install|how to install|mount it|mount the|hang it|hang the|\
    en la pared|como monto|como se monta|como lo monto|como montar|como cuelgo|como lo cuelgo|como colgar|como instalo|como lo instalo|como instalar|\
    na parede|como penduro|como pendurar|como fixo|como fixar|\
    علي الجدار|علي الحائط|كيف اركب|كيف اعلق|كيف اثبت|طريقه تركيب|طريقه تعليق";
/// Who wants somebody to come and do it books an appointment.
pub(super) const APPOINTMENT: &str =
    "上门|师傅|预约|installer|appointment|book|tecnico|instalador| cita |agendar|marcar uma|فني|موعد|حجز";
pub(super) const NEXT: &str = "下一步|下一个|然后呢|接下来|接着|继续|好了|标好|画好|打好|弄好|完成|检查过|没有电线|next|done|go on|continue|ready|finished|checked|\
    siguiente|continu|adelante|listo|ya esta|terminado|termine|hecho|comprobado|\
    proximo|proxima|seguinte|pronto|feito|terminei|acabei|conferi|verifiquei|\
    التالي|اكمل|تابع|جاهز|انتهيت|خلصت|تحققت|تاكدت| تم | تمام ";
pub(super) const BACK: &str = "上一步|前一步|step back|go back|previous|paso anterior|el anterior|paso atras|passo anterior|o anterior|voltar um|\
    السابق";
pub(super) const REPEAT: &str = "再说一遍|say it again|repita|repite|repetir|otra vez|de novo|outra vez| اعد | كرر |اعد من فضلك|اعدها|اعد الخطوه|مره اخري|مره ثانيه";
pub(super) const STOPS: &str = "不装了|不打了|算了|先不装|不用了|never mind|forget it|stop|cancel|\
    dejelo|dejemoslo|mejor lo dejo|olvidelo|olvidalo|ya no quiero|deixa para la|deixe para la|pra la|esquece|esqueca|desisto|nao quero mais|\
    لا داعي|توقف|الغ ذلك|لم اعد اريد|انس الامر|اتركها";
/// That a blank sheet is A4, and that it is not.
pub(super) const IS_A4: &str = "是a4|a4的|a4纸|it's a4|it is a4|yes, a4|it is an a4|es a4|es una a4|es un a4| e a4|e uma a4|e um a4|e uma folha a4|هي a4|انها a4|نعم a4";
pub(super) const NOT_A4: &str = "不是|不对|a3|a5|b5|相框|画框|海报|not a4|not an a4|it's not|it is not|it isn't|letter|frame|poster|\
    no es|carta|cuadro|marco|nao e a4|nao e uma|nao e um|nao e isso|oficio|quadro|moldura|ليست|ليس|اطار|لوحه|ملصق";

/// Whether a text holds one of the words that bars part; one between spaces stands by itself.
pub(super) fn has(text: &str, words: &str) -> bool {
    let text = format!(" {} ", text.trim_matches(|c: char| c.is_ascii_punctuation()));
    words.split('|').any(|word| text.contains(word))
}

/// A length in words: whole centimetres as such, others in millimetres.
pub(super) fn length(mm: f32, language: Language) -> String {
    let mm = mm.round() as u32;
    let whole = mm >= 100 && mm.is_multiple_of(10);
    let [centimetres, millimetres] = match language {
        Language::Chinese => ["厘米", "毫米"],
        Language::English | Language::Spanish | Language::Portuguese => [" cm", " mm"],
        Language::Arabic => [" سم", " ملم"],
    };
    if whole { format!("{}{centimetres}", mm / 10) } else { format!("{mm}{millimetres}") }
}

/// A way on the wall in words: to the right or left, then up or down. None where the language has no words for it.
pub(super) fn offset(words: &Wording, way: WallPoint, language: Language) -> Option<String> {
    let part = |mm: f32, forth: Phrase, back: Phrase| {
        let phrase = if mm < 0.0 { back } else { forth };
        (mm.abs() >= 0.5).then(|| cell(words, phrase, language, &[("length", &length(mm.abs(), language))]))
    };
    let parts = [
        part(way.x_mm, Phrase::CellMountRight, Phrase::CellMountLeft),
        part(way.y_mm, Phrase::CellMountUp, Phrase::CellMountDown),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect::<Option<_>>()?;
    match parts.as_slice() {
        [] => cell(words, Phrase::CellMountHere, language, &[]),
        parts if language == Language::Chinese => Some(parts.join("、")),
        parts => {
            let parts: Vec<_> = parts.iter().map(String::as_str).collect();
            Some(wording::list(&parts, language))
        }
    }
}

/// How far the marks are from where they belong, and what to do about each.
pub(super) fn marks(
    words: &Wording,
    template: &MountingTemplate,
    report: &WallReport,
    language: Language,
) -> Option<String> {
    let known = report.marks.iter().filter_map(|mark| Some((mark.seen, &template.holes.get(mark.hole)?.name)));
    let told = known.map(|(seen, name)| {
        let name = name.has(language).then(|| name.get(language))?;
        let phrase = match seen {
            MarkSeen::At(off) if off.distance_mm(WallPoint::default()) <= GOOD_MM => Phrase::CellMountGood,
            MarkSeen::At(off) => {
                let back = offset(words, WallPoint { x_mm: -off.x_mm, y_mm: -off.y_mm }, language)?;
                return cell(words, Phrase::CellMountOff, language, &[("name", name), ("where", &back)]);
            }
            MarkSeen::Missing => Phrase::CellMountMissing,
            MarkSeen::Several => Phrase::CellMountSeveral,
            MarkSeen::Covered => Phrase::CellMountCovered,
        };
        cell(words, phrase, language, &[("name", name)])
    });
    Some(one_by_one(&told.collect::<Option<Vec<_>>>()?, language))
}

/// Parts of one sentence.
pub(super) fn one_by_one(parts: &[String], language: Language) -> String {
    parts.join(match language {
        Language::Chinese => "，",
        Language::English | Language::Spanish | Language::Portuguese => ", ",
        Language::Arabic => "، ",
    })
}

/// A part of a sentence, where it can be said in that language.
fn cell(words: &Wording, phrase: Phrase, language: Language, slots: &[(&str, &str)]) -> Option<String> {
    (words.language(phrase, language) == language).then(|| words.render(phrase, language, slots))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pack::tests::demo, understand::normalise};

    #[test]
    fn every_word_is_written_as_callers_are_compared() {
        for words in [HOLES, HANGS, APPOINTMENT, NEXT, BACK, REPEAT, STOPS, IS_A4, NOT_A4] {
            for word in words.split('|') {
                assert!(!word.trim().is_empty() && normalise(word) == word.trim(), "{word:?}");
            }
        }
    }

    #[test]
    fn next_again_and_enough_are_understood_in_every_language() {
        for (text, words) in [
            ("下一步", NEXT),
            ("Siguiente, por favor", NEXT),
            ("Ya está", NEXT),
            ("Próximo!", NEXT),
            ("Terminei", NEXT),
            ("التالي", NEXT),
            ("تمّ", NEXT),
            ("再说一遍", REPEAT),
            ("¿Lo repite?", REPEAT),
            ("Repita, por favor", REPEAT),
            ("De novo", REPEAT),
            ("أعد", REPEAT),
            ("مرة أخرى", REPEAT),
            ("El paso anterior", BACK),
            ("O anterior", BACK),
            ("الخطوة السابقة", BACK),
            ("Déjelo", STOPS),
            ("Deixa pra lá", STOPS),
            ("لا داعي", STOPS),
            ("¿Dónde taladro los agujeros?", HOLES),
            ("Onde faço os furos?", HOLES),
            ("أين أثقب الجدار؟", HOLES),
            ("Sí, es A4", IS_A4),
            ("É A4", IS_A4),
            ("هي A4", IS_A4),
            ("Não é A4", NOT_A4),
            ("ليست A4", NOT_A4),
        ] {
            assert!(has(&normalise(text), words), "{text}");
        }
        for (text, words) in [
            ("أريد مساعدة", REPEAT),
            ("أتمنى ذلك", NEXT),
            ("La camisa tiene un agujero", HOLES),
            ("A camisa tem um furo", HOLES),
            ("القميص فيه ثقوب", HOLES),
            ("Necesita una broca", APPOINTMENT),
            ("Metade de A4", IS_A4),
        ] {
            assert!(!has(&normalise(text), words), "{text}");
        }
    }

    #[test]
    fn ways_on_the_wall_are_told_in_every_language() {
        let words = demo().wording();
        let way = WallPoint { x_mm: -200.0, y_mm: 12.0 };
        for (language, told) in [
            (Language::Chinese, "往左20厘米、往上12毫米"),
            (Language::English, "20 cm to the left and 12 mm up"),
            (Language::Spanish, "20 cm a la izquierda y 12 mm más arriba"),
            (Language::Portuguese, "20 cm para a esquerda e 12 mm para cima"),
            (Language::Arabic, "20 سم إلى اليسار و12 ملم إلى الأعلى"),
        ] {
            assert_eq!(offset(words, way, language).as_deref(), Some(told));
            assert!(offset(words, WallPoint::default(), language).is_some());
        }
    }
}
