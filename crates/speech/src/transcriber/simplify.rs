//! Traditional to simplified Chinese characters.
//!
//! The table is fast2s'. It is made for books; these are the characters that it leaves, and the phrases of everyday
//! speech in which the right character depends on its neighbours.

/// `text` in simplified characters. What is simplified already stays as it is.
pub(super) fn simplify(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let simple = fast2s::convert(text);
    // The table maps one character to one, so the two stay in step.
    simple.chars().enumerate().map(|(i, converted)| override_of(&chars, i).unwrap_or(converted)).collect()
}

/// Characters around 著 that keep it: 著名, 显著, not 看著.
const WRITTEN_BEFORE: &str = "显顯卓名原巨专專论論编編译譯昭遗遺新合";
const WRITTEN_AFTER: &str = "名作者称稱述录錄书書";

fn override_of(chars: &[char], i: usize) -> Option<char> {
    let before = i.checked_sub(1).map_or(' ', |i| chars[i]);
    let after = chars.get(i + 1).copied().unwrap_or(' ');
    match chars[i] {
        '著' if WRITTEN_BEFORE.contains(before) || WRITTEN_AFTER.contains(after) => None,
        '著' => Some('着'),
        '妳' => Some('你'),
        '牠' | '祂' => Some('它'),
        '祇' => Some('只'),
        '唷' => Some('哟'),
        '甚' if after == '麼' || after == '麽' => Some('什'),
        // Words of mainland Chinese that the table, which goes by characters, would change.
        c @ ('呵' | '呱' | '捍' | '煅' | '阪' | '薰' | '仝' | '幺') => Some(c),
        '彷' => Some(if after == '佛' { '仿' } else { '彷' }),
        '徵' => Some(if "商角羽宫宮".contains(before) { '徵' } else { '征' }),
        '乾' => Some(if before == '陇' || "隆坤卦".contains(after) { '乾' } else { '干' }),
        '覆' if "答回批".contains(before) => Some('复'),
        '瞭' if after == '解' || before == '明' => Some('了'),
        '餘' | '余' => Some('余'),
        '傢' if after != '伙' && after != '夥' && after != '具' => Some('家'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::simplify;

    #[test]
    fn everyday_speech() {
        for (traditional, simplified) in [
            ("我的訂單還沒有到，怎麼回事？", "我的订单还没有到，怎么回事？"),
            ("這個杯子摔壞了，裡面有裂縫", "这个杯子摔坏了，里面有裂缝"),
            ("後天之後再發貨", "后天之后再发货"),
            ("妳看著辦，我等著", "你看着办，我等着"),
            ("這個牌子很著名，差別很顯著", "这个牌子很著名，差别很显著"),
            ("乾淨的餅乾", "干净的饼干"),
            ("頭髮乾了，臉發乾", "头发干了，脸发干"),
            ("甚麼時候", "什么时候"),
            ("為什麼隻有一隻", "为什么只有一只"),
            ("請回覆我，我不瞭解", "请回复我，我不了解"),
            ("臺灣的颱風在臺北", "台湾的台风在台北"),
            ("麵條鬆了，鬍鬚和鬧鐘", "面条松了，胡须和闹钟"),
            ("製造複雜的曆史", "制造复杂的历史"),
            ("週末退貨運費誰來付", "周末退货运费谁来付"),
            ("於是徵求意見", "于是征求意见"),
            ("佔了便宜就衝出去", "占了便宜就冲出去"),
            ("系統關係繫鞋帶", "系统关系系鞋带"),
            ("餘額不足", "余额不足"),
            ("螢幕刮傷充電線斷了", "萤幕刮伤充电线断了"),
            ("喫飯喝酒", "吃饭喝酒"),
            ("計畫一下", "计划一下"),
        ] {
            assert_eq!(simplify(traditional), simplified);
        }
    }

    #[test]
    fn simplified_and_foreign_text_stays() {
        for text in [
            "呵呵，我的手机壳摔坏了，彷徨",
            "一三八幺幺六，捍卫大阪",
            "The order number is ABC-123.",
            "乾隆年间的乾坤",
            "¿Dónde está mi pedido? 😀",
            "",
        ] {
            assert_eq!(simplify(text), text);
        }
    }
}
