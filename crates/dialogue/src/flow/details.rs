//! What callers tell in their own words: which request, a day, an address, a name, the first or the second one.

use ermu_domain::{Remedy, TicketKind};

use crate::{
    pack::{Intent, Step},
    understand::{is_han, normalise},
};

const EXCHANGE: &str = "换货|换个|换一|换成|换大|换小|换码|换新|换别|想换|要换|能换|给换|换颜色|exchange|swap|different size|different colour|\
    different color|another size|another one|bigger size|smaller size|\
    cambiar|cambio|cambie|otra talla|otro color|trocar|troca|outro tamanho|outra cor|استبدال|استبدل|تبديل|مقاس اخر|لون اخر";
const REPAIR: &str = "修|repair|fix|mend|reparar|reparac|reparen|arregl|consert|arrumar|اصلاح|تصليح|صيانه";
const COUPON: &str =
    "券|红包|优惠码|coupon|voucher|promo code|discount code|cupon|cupom|codigo de desc|قسيمه|كوبون|كود خصم|كود الخصم";
const BROKEN_COUPON: &str = "用不|不能用|不能使|没法用|无法|失效|不了|没有用|没抵|没生效|不生效|过期|错误|not work|n't work|invalid|can't use|cannot use|\
    won't|failed|expired|rejected|not applied|error|refuses|not accepted|no funciona|no sirve|no puedo usar|no me deja|caduc|\
    vencid|nao funciona|nao consigo usar|nao aceita|expirou|لا يعمل|لا تعمل|لا يقبل|منتهي";
const URGE: &str = "催|加急|快点|快一点|尽快|赶紧|赶快|hurry|speed|expedite|faster|as soon as possible|asap|urgent|cuanto antes|lo antes posible|apurar|\
    acelerar|o quanto antes|mais rapido|استعجال|استعجل|عاجل|بسرعه|تسريع";
const REFUND: &str = "退款|退钱|refund|money back|reembols|mi dinero|el dinero|estorn|meu dinheiro|dinheiro de volta|استرداد|فلوسي|المبلغ|نقودي";
const RETURN: &str = "退货|退掉|退了|想退|要退|给我退|退换|return it|return this|return my|return the|send it back|give it back|devolver|devolucion|devolucao|ارجاع|ارجع|اعاده المنتج|اعاده الطلب";
const CANCEL: &str = "取消订单|取消掉|不想要了|不要了|撤单|cancel|anular|anule|الغاء|الغي|الغوا";
const INVOICE: &str = "发票|开票|抬头|invoice|receipt|factura|nota fiscal|فاتوره";
const INSTALL: &str = "安装|装机|上门装|install|instalar|instalac|instalen|تركيب";
const COMPLAINT: &str = "投诉|要举报|complaint|complain|queja|reclamacao|شكوي";
const ABOUT_QUALITY: &str = "投诉|举报|质量|安全|危险|冒烟|漏电|complaint|complain|quality|dangerous|unsafe|queja|calidad|peligros|\
    reclamacao|qualidade|perigos|شكوي|جوده|خطير";
/// Questions about the rules ask for nothing yet.
const ASKS_FOR_RULES: &str = "谁承担|谁出|谁付|规则|政策|who pays|policy|who covers|quien paga|politica de|las normas|quem paga|as regras|من يدفع|سياسه";
const ABOUT_DELIVERY: &str = "快递|物流|包裹|发货|送|慢|parcel|delivery|package|shipping|late|slow|paquete|envio|entrega|tarda|pacote|encomenda|atrasad|demora|طرد|توصيل|شحن|تاخر";
const QUESTION: &str = "吗|多少|多久|怎么|怎样|如何|为什么|什么时候|几天|how|what|when|why|is it|does it|do you|can i|which|cuanto|cuando|por que|puedo|quanto|quando|posso|متي|كيف|هل|لماذا";
const PRESALE: &str = "预售|定金|订金|尾款|pre-sale|presale|pre sale|pre-order|preorder|pre order|deposit|preventa|pre-venta|pre-venda|عربون";
const BAD_REVIEW: &str = "差评|投诉|一颗星|一星|曝光|bad review|one star|1 star|negative review|complain|mala resena|una estrella|avaliacao ruim|avaliacao negativa|\
    uma estrela|تقييم سيي|تقييم سلبي|نجمه واحده";

fn has(text: &str, words: &str) -> bool {
    words.split('|').any(|word| text.contains(word))
}

/// Whether a customer may leave angry and say so elsewhere.
pub(super) fn threatens_a_review(normalised: &str) -> bool {
    has(normalised, BAD_REVIEW)
}

/// Whether it is about a pre-sale, whose disputes go to the most experienced.
pub(super) fn is_about_a_presale(normalised: &str) -> bool {
    has(normalised, PRESALE)
}

/// The request that an utterance makes, if it makes one. Intents say roughly what it is about; words tell apart what one
/// intent covers, and plain words count without it.
pub(super) fn request(intent: Option<Intent>, normalised: &str) -> Option<TicketKind> {
    use TicketKind as Kind;
    let says = |words| has(normalised, words);
    let question = says(QUESTION);
    let coupon = says(COUPON) && says(BROKEN_COUPON);
    if says(ASKS_FOR_RULES) {
        return None;
    }
    match intent {
        Some(Intent::ReturnExchange) if says(EXCHANGE) && !says(RETURN) => Some(Kind::Exchange),
        Some(Intent::ReturnExchange) => Some(Kind::Return),
        Some(Intent::Refund) => Some(Kind::Refund),
        Some(Intent::CancelOrder) => Some(Kind::Cancel),
        Some(Intent::Warranty) => {
            (says(REPAIR) && !has(normalised, "保修期|多久|多长|how long|warranty period")).then_some(Kind::Repair)
        }
        Some(Intent::Missing) => Some(Kind::Missing),
        Some(Intent::Install) => (!question || says("预约") || says("上门")).then_some(Kind::Install),
        Some(Intent::PriceCoupon) => coupon.then_some(Kind::Coupon),
        Some(Intent::Invoice) => Some(Kind::Invoice),
        Some(Intent::Usage | Intent::ProductQuestion) => says("repair it|repair my|维修|能修").then_some(Kind::Repair),
        // Being angry is no complaint about an article.
        Some(Intent::Complaint) => says(ABOUT_QUALITY).then_some(Kind::Complaint),
        Some(Intent::DeliveryChange) => Some(Kind::Address),
        Some(Intent::OrderStatus | Intent::Arrival) => {
            let plain = [
                (says(URGE), Kind::Urge),
                (moves_delivery(normalised), Kind::Address),
                (says(INVOICE), Kind::Invoice),
                (says("repair|维修|修一下"), Kind::Repair),
            ];
            plain.into_iter().find(|(said, _)| *said).map(|(_, kind)| kind)
        }
        // Who says what is to be done about the damage is taken at their word.
        Some(Intent::Damage) => {
            let plain = [
                (says(RETURN), Kind::Return),
                (says(REFUND), Kind::Refund),
                (says("能修|维修|修好|修一下|保修|repair|fix it"), Kind::Repair),
            ];
            plain.into_iter().find(|(said, _)| *said).map(|(_, kind)| kind)
        }
        Some(
            Intent::Stock
            | Intent::Account
            | Intent::Person
            | Intent::Greeting
            | Intent::Thanks
            | Intent::Goodbye
            | Intent::Repeat,
        ) => None,
        Some(Intent::Fragment | Intent::Other) | None => {
            let plain = [
                (coupon, Kind::Coupon),
                (says(RETURN), Kind::Return),
                (says(REFUND), Kind::Refund),
                (moves_delivery(normalised), Kind::Address),
                (says(EXCHANGE), Kind::Exchange),
                (says(CANCEL), Kind::Cancel),
                (says(INVOICE), Kind::Invoice),
                (says(INSTALL) && !question, Kind::Install),
                (says(COMPLAINT), Kind::Complaint),
                (says("催"), Kind::Urge),
            ];
            plain.into_iter().find(|(said, _)| *said).map(|(_, kind)| kind)
        }
    }
}

/// Whether somebody who is dissatisfied speaks of a delivery.
pub(super) fn is_about_delivery(normalised: &str) -> bool {
    has(normalised, ABOUT_DELIVERY)
}

/// Whether a parcel is to go elsewhere.
fn moves_delivery(normalised: &str) -> bool {
    has(normalised, "地址|address|direccion|endereco|عنوان")
        && has(
            normalised,
            "改|换|错|change|wrong|different|another|new|cambi|otra|nueva|mudar|alterar|trocar|outro|novo|تغيير|اغير|جديد|اخر",
        )
}

/// Whether an answer takes back half of what it says.
pub(super) fn objects(normalised: &str) -> bool {
    has(normalised, "但是|不过|可是| but | pero | mas | porem | لكن | ولكن ")
}

/// Whether a yes only says again what was proposed: "yes, please send a replacement".
pub(super) fn repeats(remedy: Remedy, normalised: &str) -> bool {
    let (own, others) = match remedy {
        Remedy::Replace => {
            ("换|replac|cambi|troca|استبد", "退|修|refund|repair|reembols|devol|repar|consert|استرد|ارجاع|اصلاح")
        }
        Remedy::Refund => ("退款|refund|reembols|استرد", "换|修|replac|repair|cambi|troca|repar|consert|استبد|اصلاح"),
        Remedy::Repair => {
            ("修|repair|repar|consert|اصلاح", "换|退|replac|refund|cambi|troca|reembols|devol|استبد|استرد")
        }
        _ => return false,
    };
    has(normalised, own) && !has(normalised, others) && !objects(normalised)
}

/// What an utterance tells of a step, if it can be an answer to its question.
pub(super) fn answer(step: Step, text: &str) -> Option<String> {
    let normalised = normalise(text);
    let said = || Some(tidy(text).to_owned()).filter(|said| said.chars().filter(|c| c.is_alphanumeric()).count() >= 2);
    match step {
        Step::Problem | Step::Wish => said(),
        Step::Title => said().map(|said| {
            behind(
                &said,
                &[
                    "抬头是",
                    "抬头写",
                    "抬头为",
                    "抬头",
                    "made out to ",
                    "name is ",
                    "a nombre de ",
                    "em nome de ",
                    "باسم ",
                ],
            )
            .to_owned()
        }),
        Step::Address => address(text).or_else(|| day(&normalised).then(said).flatten()),
        Step::Day => day(&normalised).then(said).flatten(),
        Step::Order | Step::Phone | Step::Photo => None,
    }
}

/// What the request itself tells of a step, before it was asked for.
pub(super) fn told(step: Step, text: &str) -> Option<String> {
    let normalised = normalise(text);
    match step {
        Step::Address => {
            let delivery = || has(&normalised, "再送|改到|改成|送货|送吧|deliver") && day(&normalised);
            address_behind_a_verb(text).or_else(|| delivery().then(|| tidy(text).to_owned()))
        }
        Step::Day => day(&normalised).then(|| tidy(text).to_owned()),
        Step::Title => {
            let title = behind(text, &["抬头是", "抬头写", "抬头为", "made out to "]);
            (title.len() < text.len()).then(|| tidy(title).to_owned()).filter(|title| !title.is_empty())
        }
        // A complaint of some length has said what is wrong.
        Step::Problem => long(text).then(|| tidy(text).to_owned()),
        Step::Wish => {
            let wish = behind(
                text,
                &[
                    "换成",
                    "换个",
                    "换一个",
                    "换一件",
                    "换大",
                    "换小",
                    "exchange it for ",
                    "swap it for ",
                    "change it for ",
                    "cambiarlo por ",
                    "cambiarla por ",
                    "trocar por ",
                    "استبداله ب",
                ],
            );
            (wish.len() < text.len()).then(|| tidy(text).to_owned())
        }
        Step::Order | Step::Phone | Step::Photo => None,
    }
}

/// Whether a caller who was asked for a number has none.
pub(super) fn has_no_number(normalised: &str) -> bool {
    has(
        normalised,
        "没有订单|没有单号|没订单|没有号|不记得|忘了|不知道|找不到|don't have|do not have|don't know|don't remember|can't find|no idea|lost it|no tengo|no recuerdo|no me acuerdo|no lo se|no lo encuentro|\
        no encuentro|olvide|nao tenho|nao lembro|nao me lembro|nao sei|nao encontro|esqueci|ليس لدي|ما عندي|لا اعرف|لا اتذكر|نسيت|لا ادري",
    )
}

/// Whether a caller drops what was begun.
pub(super) fn drops(normalised: &str) -> bool {
    has(
        normalised,
        "算了|never mind|nevermind|forget it|olvidelo|olvidalo|dejelo|dejalo asi|deje asi|esquece|deixa pra la|\
        deixa para la|انس الامر|خلاص لا|لا داعي",
    )
}

fn tidy(text: &str) -> &str {
    text.trim().trim_end_matches(['。', '.', '！', '!', '，', ',', '،', '؟']).trim()
}

pub(super) fn long(text: &str) -> bool {
    let han = text.chars().filter(|c| is_han(*c)).count();
    han >= 14 || (han == 0 && text.split_whitespace().count() >= 12)
}

fn behind<'a>(text: &'a str, marks: &[&str]) -> &'a str {
    marks
        .iter()
        .find_map(|mark| text.split_once(mark).map(|(_, rest)| rest))
        .unwrap_or(text)
        .trim_start_matches(['：', ':', ' ', '，', '是'])
}

/// An address: words that name places, and enough of them.
fn address(text: &str) -> Option<String> {
    let told = address_behind_a_verb(text).unwrap_or_else(|| tidy(text).to_owned());
    is_address(&told).then_some(told)
}

fn address_behind_a_verb(text: &str) -> Option<String> {
    let marks = [
        "地址改成",
        "地址改到",
        "地址改为",
        "地址换成",
        "地址是",
        "改成",
        "改到",
        "改为",
        "改送到",
        "送到",
        "寄到",
        "换成",
        " to ",
    ];
    let told = marks.iter().find_map(|mark| text.split_once(mark).map(|(_, rest)| tidy(rest).to_owned()))?;
    is_address(&told).then_some(told)
}

fn is_address(text: &str) -> bool {
    let normalised = normalise(text);
    let places = "省|市|区|县|镇|乡|村|路|街|道|巷|弄|号|栋|楼|幢|单元|室|小区|大厦|花园|公司|学校|驿站| road| street| avenue| lane| drive| apartment| flat| room| floor| building|\
        calle|avenida|carrera |colonia|barrio|piso |codigo postal|rua |travessa|bairro|apartamento|andar|شارع|طريق|حي |عماره|شقه|بنايه|مدينه";
    let named = places.split('|').filter(|place| normalised.contains(place)).count();
    let numbered = !normalised.contains(is_han) && normalised.chars().any(|c| c.is_ascii_digit());
    let long_enough = text.chars().filter(|c| c.is_alphanumeric()).count() >= 5;
    long_enough && (named >= 2 || (named >= 1 && numbered))
}

/// Whether a day or a time is named.
fn day(normalised: &str) -> bool {
    let words = "今天|明天|后天|大后天|周一|周二|周三|周四|周五|周六|周日|周末|星期|礼拜|下周|月底|上午|下午|晚上|中午|today|tomorrow|monday|tuesday|\
        wednesday|thursday|friday|saturday|sunday|weekend|next week|morning|afternoon|evening|\
        hoy|manana|lunes|martes|miercoles|jueves|viernes|sabado|domingo|fin de semana|por la tarde|por la noche|hoje|amanha|segunda|\
        terca|quarta-feira|quinta-feira|sexta|final de semana|a tarde|a noite|اليوم|غدا|بكره|الاثنين|الثلاثاء|الاربعاء|الخميس|الجمعه|\
        السبت|الاحد|الاسبوع|صباحا|مساء";
    has(normalised, words) || dated(normalised)
}

/// `25号`, `11月25日`.
fn dated(normalised: &str) -> bool {
    let chars: Vec<char> = normalised.chars().collect();
    let digit = |c: &char| c.is_ascii_digit() || "一二三四五六七八九十".contains(*c);
    chars.windows(2).any(|pair| digit(&pair[0]) && matches!(pair[1], '号' | '日' | '月'))
}

/// Which of several is meant: `第二个`, `三号那单`, `the first one`, `最后一个`; counted from 0.
pub(super) fn ordinal(normalised: &str, of: usize) -> Option<usize> {
    const HAN: [&str; 6] = ["一", "二", "三", "四", "五", "六"];
    const WORDS: [&str; 6] = [
        "first|primero|primera|primeiro|primeira|الاول|الاولي",
        "second|segundo|segunda|الثاني|الثانيه",
        "third|tercero|tercera|terceiro|terceira|الثالث|الثالثه",
        "fourth|cuarto|cuarta|quarto|quarta|الرابع|الرابعه",
        "fifth|quinto|quinta|الخامس|الخامسه",
        "sixth|sexto|sexta|السادس|السادسه",
    ];
    if has(normalised, "最后|the last|el ultimo|la ultima|o ultimo|a ultima|الاخير") {
        return of.checked_sub(1);
    }
    let place = (0..6).rev().find(|place| {
        let figure = (place + 1).to_string();
        [HAN[*place], figure.as_str()].iter().any(|number| {
            ["个", "单", "件", "项", "条", "笔", "号单"]
                .iter()
                .any(|unit| normalised.contains(&format!("第{number}{unit}")))
                || normalised.contains(&format!("{number}号那"))
                || normalised.contains(&format!("{number}号订单"))
                || normalised.ends_with(&format!("第{number}"))
                || ["number", "numero", "رقم"].iter().any(|word| normalised.contains(&format!("{word} {number}")))
        }) || normalised
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .any(|word| WORDS[*place].split('|').any(|name| name == word))
    })?;
    (place < of).then_some(place)
}

/// `前者`, `the latter`: of two, counted from 0.
pub(super) fn former_or_latter(normalised: &str) -> Option<usize> {
    if has(normalised, "前者|前面那个|前一个|former|first one") {
        return Some(0);
    }
    has(normalised, "后者|后面那个|后一个|latter|second one").then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_by_intent_and_by_plain_words() {
        let of = |intent, text: &str| request(intent, &normalise(text));
        assert_eq!(of(Some(Intent::ReturnExchange), "我想换个大一号的"), Some(TicketKind::Exchange));
        assert_eq!(of(Some(Intent::ReturnExchange), "怎么退货"), Some(TicketKind::Return));
        assert_eq!(of(Some(Intent::PriceCoupon), "优惠券用不了"), Some(TicketKind::Coupon));
        assert_eq!(of(Some(Intent::PriceCoupon), "这个多少钱"), None);
        assert_eq!(of(Some(Intent::Warranty), "保修多久"), None);
        assert_eq!(of(Some(Intent::OrderStatus), "帮我催一下快递"), Some(TicketKind::Urge));
        assert_eq!(of(None, "I want my money back"), Some(TicketKind::Refund));
        assert_eq!(of(Some(Intent::Other), "今天天气不错"), None);
        assert_eq!(of(None, "Quiero devolver el pedido"), Some(TicketKind::Return));
        assert_eq!(of(None, "Quero o meu dinheiro de volta"), Some(TicketKind::Refund));
        assert_eq!(of(None, "أريد استرداد المبلغ"), Some(TicketKind::Refund));
        assert_eq!(of(Some(Intent::ReturnExchange), "¿Puedo cambiarlo por otra talla?"), Some(TicketKind::Exchange));
        assert_eq!(of(Some(Intent::OrderStatus), "Necesito cambiar la dirección"), Some(TicketKind::Address));
    }

    #[test]
    fn details_are_found_where_they_are_told() {
        assert_eq!(
            told(Step::Address, "把地址改成上海市浦东新区世纪大道100号。").as_deref(),
            Some("上海市浦东新区世纪大道100号")
        );
        assert_eq!(told(Step::Address, "我想改一下收货地址"), None);
        assert_eq!(answer(Step::Address, "18 King Street, Shanghai").as_deref(), Some("18 King Street, Shanghai"));
        assert_eq!(answer(Step::Address, "周六再送").as_deref(), Some("周六再送"));
        assert_eq!(answer(Step::Address, "不知道"), None);
        assert_eq!(answer(Step::Day, "25号上午").as_deref(), Some("25号上午"));
        assert_eq!(answer(Step::Day, "随便"), None);
        assert_eq!(answer(Step::Title, "抬头是耳目科技有限公司。").as_deref(), Some("耳目科技有限公司"));
        assert_eq!(told(Step::Problem, "我要投诉"), None);
    }

    #[test]
    fn the_second_one() {
        let of = |text: &str| ordinal(&normalise(text), 3);
        assert_eq!(of("第二个"), Some(1));
        assert_eq!(of("不对，是三号那单"), Some(2));
        assert_eq!(of("the first one please"), Some(0));
        assert_eq!(of("最后一个"), Some(2));
        assert_eq!(of("第五个"), None);
        assert_eq!(of("咖啡机"), None);
        assert_eq!(
            [of("el segundo"), of("a primeira"), of("الثالث"), of("el número 2")],
            [Some(1), Some(0), Some(2), Some(1)]
        );
    }
}
