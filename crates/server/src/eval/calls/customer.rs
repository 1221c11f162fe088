//! The customer: listens for what is asked, answers from the facts, and does what was planned as a surprise.

use std::sync::LazyLock;

use ermu_domain::Language;

use super::case::{Case, Channel, How, Mood, Photo, Surprise, Topic};

/// Turns after which a customer gives up.
const MAX_TURNS: usize = 24;

/// Digits from which a number is an order's.
const ORDER_DIGITS: usize = 5;

/// Words after which a customer says the same again.
const NOT_HEARD: &str = "没有听清|您还在吗|did not catch|still there|no le he oído|sigue ahí|não ouvi bem|ainda está aí|لم أسمع|ما زلتم معي";

/// Words by which a topic is recognised, in all languages. The last one in a reply counts; of two at one place the
/// earlier in this list.
const SIGNS: [(Topic, &str); 17] = [
    (Topic::ConfirmNumber, "对吗|is that right|¿es correcto|está certo?|هل هذا صحيح"),
    (Topic::Phone, "后四位|last four digits|cuatro últimas cifras|quatro últimos dígitos|آخر أربعة أرقام"),
    (Topic::Which, "请问是哪一个订单|Which order is it|¿De qué pedido se trata|De qual pedido se trata?|أي طلب تقصدون"),
    (
        Topic::Order,
        "说一下订单号|哪个订单，告诉|再说一遍订单号|把订单号再说|订单号就可以|继续说后面|order number|order it is|número de pedido|las demás cifras|número do pedido|os outros dígitos|رقم الطلب|بقية الأرقام",
    ),
    (
        Topic::ThisDamage,
        "反映的是这个问题吗|说的就是这一处吗|Is this what you are calling about|Is that what you mean|¿Se refiere a eso|por esto por lo que llama|É disso que você|É sobre isso que você|هل هذا ما تقصدونه|هل هذا هو سبب",
    ),
    (
        Topic::ThisOrder,
        "请问是这个订单吗|Is this the right order|¿Es este el pedido correcto|Este é o pedido certo|هل هذا هو الطلب الصحيح",
    ),
    (
        Topic::Photo,
        "拍一张|再拍|发一张|再发一次|take a photo|take another|another one|send a smaller|send an ordinary|send it once more|send it in its|send me a photo|haga una foto|otra foto|envíeme una foto|Envíela|foto más pequeña|foto normal|tire uma foto|outra foto|me envie uma foto|foto menor|foto comum|التقاط صورة|صورة أخرى|إليّ صورة|إرسال صورة",
    ),
    (
        Topic::Problem,
        "什么问题|what is wrong|what is it that you are calling about|What would you like to ask|qué le pasa al artículo|por qué motivo llama|Qué quería preguntar|o que há de errado|motivo da sua ligação|O que você queria|مشكلة المنتج|ما هو سبب اتصالكم|عمّ تودون",
    ),
    (
        Topic::Wish,
        "想换成什么|What would you like instead|¿Por qué le gustaría cambiarlo|Pelo que você gostaria|بماذا تودون",
    ),
    (Topic::Address, "新的收货地址|the new address|la nueva dirección|o novo endereço|العنوان الجديد"),
    (Topic::Day, "约在哪一天|Which day would suit|¿Qué día le vendría|Que dia fica bom|أي يوم يناسبكم"),
    (Topic::Title, "抬头写什么|What name should be|nombre de quién|Em nome de quem|باسم من"),
    (
        Topic::Person,
        "人工客服联系您吗|have a person contact you|una persona se ponga en contacto|uma pessoa entre em contato|موظف أن يتواصل",
    ),
    (
        Topic::Proposal,
        "需要我现在为您|需要我为您登记，请人工同事|可以说需要或者不需要|Shall I register|Shall I cancel|Shall I issue|Shall I book|Shall I have a person look|say yes or no|¿Quiere que registre|¿Quiere que lo registre|¿Quiere que la|¿Quiere que cancele|¿Quiere que emita|¿Quiere que una persona lo|Diga sí o no|Quer que eu registre|Quer que eu cancele|Quer que eu emita|Quer que eu marque|Quer que uma pessoa veja|Diga sim ou não|هل أسجل|هل ألغي|هل أصدر|هل أحجز|موظف أن ينظر|بنعم أو لا",
    ),
    (Topic::Size, "身高|体重|height|weight"),
    (Topic::Retry, "再试一次吗|Shall I try again|¿Lo intento otra vez|Quer que eu tente|هل أحاول"),
    (
        Topic::Puzzled,
        "还是想|would you rather|没有完全明白|did not quite understand|o más bien|no le he entendido|ou prefere|não entendi bem|، أم |لم أفهم",
    ),
];

/// What a reply asks for.
pub(crate) fn asked(reply: &str) -> Topic {
    static WORDS: LazyLock<Vec<(Topic, &str)>> =
        LazyLock::new(|| SIGNS.iter().flat_map(|(topic, words)| words.split('|').map(|word| (*topic, word))).collect());
    let places = WORDS.iter().enumerate().filter_map(|(rank, (topic, word))| Some((reply.rfind(word)?, rank, *topic)));
    places.max_by_key(|(place, rank, _)| (*place, usize::MAX - rank)).map_or(Topic::Else, |(_, _, topic)| topic)
}

fn was_not_heard(reply: &str) -> bool {
    NOT_HEARD.split('|').any(|words| reply.contains(words))
}

/// A call as its customer knows it. Each action returns when Ermu has answered, or begins to ask what is cut short.
pub(crate) trait Conversation {
    async fn say(&mut self, text: &str, mood: Mood) -> anyhow::Result<()>;
    /// Speaks into what Ermu is saying.
    async fn barge_in(&mut self, text: &str, mood: Mood) -> anyhow::Result<()>;
    async fn write(&mut self, text: &str) -> anyhow::Result<()>;
    async fn send(&mut self, photo: &Photo) -> anyhow::Result<()>;
    async fn hang_up(&mut self) -> anyhow::Result<()>;
    /// What Ermu said since the customer last asked.
    fn heard(&mut self) -> String;
    fn is_over(&self) -> bool;
    /// What the customer does not let Ermu finish asking.
    fn cut_short(&mut self, topics: Vec<Topic>);
    /// Whether the customer says yes to the proposal that stands.
    fn consent(&mut self, yes: bool);
}

/// Plays the customer of a case through one call.
pub(crate) async fn play<C: Conversation>(case: &Case, wording: usize, call: &mut C) -> anyhow::Result<()> {
    Customer {
        case,
        wording,
        surprises: case.surprises.iter().collect(),
        photos: 0,
        asked_later: 0,
        openings: 0,
        last: None,
        number_told: None,
        asked: None,
    }
    .talk(call)
    .await
}

struct Customer<'a> {
    case: &'a Case,
    wording: usize,
    surprises: Vec<&'a Surprise>,
    photos: usize,
    asked_later: usize,
    openings: usize,
    last: Option<String>,
    number_told: Option<String>,
    /// What was asked last.
    asked: Option<Topic>,
}

impl<'a> Customer<'a> {
    async fn talk<C: Conversation>(&mut self, call: &mut C) -> anyhow::Result<()> {
        self.watch(call);
        call.heard();
        if let Some(photo) = &self.case.photo_first {
            call.send(photo).await?;
        }
        self.open(call).await?;
        for _ in 0..MAX_TURNS {
            if call.is_over() {
                return Ok(());
            }
            let reply = call.heard();
            let topic = asked(&reply);
            if self.surprise(topic, call).await? {
                continue;
            }
            call.cut_short(Vec::new());
            if let Some(last) = self.last.clone().filter(|_| topic == Topic::Else && was_not_heard(&reply)) {
                self.utter(&last, Mood::Calm, call).await?;
                continue;
            }
            self.answer(topic, &reply, call).await?;
            self.watch(call);
        }
        call.hang_up().await
    }

    fn watch<C: Conversation>(&self, call: &mut C) {
        let barge_in = |surprise: &&&Surprise| surprise.how == How::BargeIn;
        call.cut_short(self.surprises.iter().filter(barge_in).map(|surprise| surprise.at).collect());
    }

    async fn open<C: Conversation>(&mut self, call: &mut C) -> anyhow::Result<()> {
        let case = self.case;
        let text = &case.opening[(self.wording + self.openings) % case.opening.len()];
        self.openings += 1;
        self.utter(text, self.case.mood, call).await
    }

    async fn utter<C: Conversation>(&mut self, text: &str, mood: Mood, call: &mut C) -> anyhow::Result<()> {
        self.last = Some(text.to_owned());
        self.remember(text);
        match self.case.channel {
            Channel::Speech => call.say(text, mood).await,
            Channel::Typing => call.write(text).await,
        }
    }

    /// Keeps the order's number, if a text holds one: whoever was misheard says the last again.
    fn remember(&mut self, text: &str) {
        let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() >= ORDER_DIGITS);
        self.number_told = digits.map(str::to_owned).next_back().or(self.number_told.take());
    }

    /// The order's number.
    fn number(&self) -> Option<String> {
        let known = || self.case.facts.get(&Topic::Order).map(|fact| fact.of(self.wording).to_owned());
        let is_number = |text: &String| text.bytes().all(|b| b.is_ascii_digit());
        self.number_told.clone().or_else(|| known().filter(is_number))
    }

    /// Does what was planned for this moment; says whether there was anything.
    async fn surprise<C: Conversation>(&mut self, topic: Topic, call: &mut C) -> anyhow::Result<bool> {
        let Some(at) = self.surprises.iter().position(|surprise| surprise.at == topic) else { return Ok(false) };
        let surprise = self.surprises.remove(at);
        self.watch(call);
        if let Some(photo) = &surprise.photo {
            call.send(photo).await?;
        }
        let text = surprise.say.as_ref().map(|say| say.of(self.wording));
        match (surprise.how, text) {
            (How::HangUp, _) => call.hang_up().await?,
            (How::BargeIn, Some(text)) => {
                self.remember(text);
                call.barge_in(text, surprise.mood).await?;
            }
            (How::InTurn, Some(text)) => self.utter(text, surprise.mood, call).await?,
            (How::InTurn | How::BargeIn, None) => {}
        }
        Ok(true)
    }

    async fn answer<C: Conversation>(&mut self, topic: Topic, reply: &str, call: &mut C) -> anyhow::Result<()> {
        let usual = usual(self.case.language);
        let again = usize::from(self.asked == Some(topic));
        self.asked = Some(topic);
        let known = self.case.facts.get(&topic).map(|fact| fact.of(self.wording).to_owned());
        let text = match (topic, known) {
            (Topic::Photo, _) if self.photos < self.case.photos.len() => {
                let photo = &self.case.photos[self.photos];
                self.photos += 1;
                return call.send(photo).await;
            }
            (Topic::Proposal, known) => {
                let text = known.unwrap_or_else(|| usual.agrees[again].to_owned());
                call.consent(is_consent(&text));
                text
            }
            (_, Some(known)) => known,
            (Topic::Order, None) if self.number_told.is_some() => self.number_told.clone().unwrap_or_default(),
            (Topic::Photo, None) => usual.no_photo.to_owned(),
            (Topic::ConfirmNumber, None) => match self.number() {
                Some(number) if !reply.contains(&number) => format!("{}{number}", usual.corrects),
                _ => usual.yes[again].to_owned(),
            },
            (Topic::ThisDamage | Topic::ThisOrder, None) => usual.yes[again].to_owned(),
            (Topic::Person | Topic::Retry, None) => usual.declines[again].to_owned(),
            (Topic::Puzzled, None) => return self.open(call).await,
            (Topic::Else, None) => match self.case.then.get(self.asked_later) {
                Some(question) => {
                    self.asked_later += 1;
                    question.of(self.wording).to_owned()
                }
                None => usual.ends.to_owned(),
            },
            (
                Topic::Order
                | Topic::Which
                | Topic::Phone
                | Topic::Problem
                | Topic::Wish
                | Topic::Address
                | Topic::Day
                | Topic::Title
                | Topic::Size,
                None,
            ) => usual.unknown.to_owned(),
        };
        self.utter(&text, Mood::Calm, call).await
    }
}

/// What customers say who have nothing particular to say.
struct Usual {
    yes: Answer,
    agrees: Answer,
    declines: Answer,
    /// Before the number that is right.
    corrects: &'static str,
    no_photo: &'static str,
    unknown: &'static str,
    ends: &'static str,
}

/// An answer, and the same in other words for whoever is asked again: nobody repeats a `sí` that was not understood.
type Answer = [&'static str; 2];

const fn usual(language: Language) -> Usual {
    match language {
        Language::Chinese => Usual {
            yes: ["是的", "对，是的"],
            agrees: ["好的，可以", "可以，登记吧"],
            declines: ["不用了", "不需要，不用了"],
            corrects: "不对，是",
            no_photo: "没有照片",
            unknown: "我不知道",
            ends: "没有了，再见",
        },
        Language::English => Usual {
            yes: ["Yes", "Yes, that is right"],
            agrees: ["Yes, please", "Yes, go ahead"],
            declines: ["No, thanks", "No, I do not want that"],
            corrects: "No, it is ",
            no_photo: "No, I have no photo",
            unknown: "I don't know",
            ends: "No, that is all, goodbye",
        },
        Language::Spanish => Usual {
            yes: ["Sí", "Sí, es correcto"],
            agrees: ["Sí, por favor", "De acuerdo"],
            declines: ["No, gracias", "No, no quiero"],
            corrects: "No, es el ",
            no_photo: "No, no tengo foto",
            unknown: "No lo sé",
            ends: "No, eso es todo, hasta luego",
        },
        Language::Portuguese => Usual {
            yes: ["Sim", "Isso mesmo"],
            agrees: ["Sim, por favor", "Tudo bem, pode"],
            declines: ["Não, obrigado", "Não quero"],
            corrects: "Não, é o ",
            no_photo: "Não, não tenho foto",
            unknown: "Não sei",
            ends: "Não, é só isso, tchau",
        },
        Language::Arabic => Usual {
            yes: ["نعم", "نعم، صحيح"],
            agrees: ["نعم، من فضلكم", "نعم، موافق"],
            declines: ["لا، شكرًا", "لا، لا أريد"],
            corrects: "لا، هو ",
            no_photo: "لا، ليس لدي صورة",
            unknown: "لا أعرف",
            ends: "لا، هذا كل شيء، مع السلامة",
        },
    }
}

/// Whether the customer of a case means yes by this: written by the case's author, so a plain list will do.
fn is_consent(text: &str) -> bool {
    let text = text.to_lowercase();
    let refuses = ["不", "算了", "别", "先等", "no", "not", "don't", "wait", "but", "但", "não", "لا", "pero", "mas "]
        .iter()
        .any(|no| text.contains(no));
    let agrees = [
        "好",
        "可以",
        "行",
        "是的",
        "嗯",
        "对",
        "同意",
        "登记吧",
        "麻烦",
        "需要",
        "yes",
        "sure",
        "ok",
        "please",
        "go ahead",
        "sí",
        "sim",
        "claro",
        "de acuerdo",
        "tudo bem",
        "نعم",
        "موافق",
    ];
    !refuses && agrees.iter().any(|yes| text.contains(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_last_is_what_is_asked() {
        assert_eq!(asked("我确认一下，您的订单号是123456，对吗？"), Topic::ConfirmNumber);
        assert_eq!(asked("好的，请您说一下订单号。"), Topic::Order);
        assert_eq!(
            asked("看到了，照片右上角有一道划痕。按照店里的规定，…。需要我现在为您登记换货吗？"),
            Topic::Proposal
        );
        assert_eq!(asked("查到了，您的订单123456已于今天10:05由顺达快递揽收。"), Topic::Else);
        assert_eq!(asked("Of course. Please tell me your order number."), Topic::Order);
    }
}
