//! Questions that every shop answers alike: are you a robot; is this safe for a body.

/// Whether a normalised text asks what it speaks with.
pub(crate) fn asks_what_speaks(normalised: &str) -> bool {
    const QUESTIONS: &str = "是机器人吗|是不是机器人|是机器人还是|是真人吗|是不是真人|是真人还是|是人吗|是人工吗|是人还是|是ai吗|是不是ai|\
        是人工智能吗|你是机器|您是机器|是个机器人吧|机器人吧|are you a robot|are you a bot|are you human|are you a human|are you real|\
        are you a real|are you a person|are you an ai|are you a machine|am i talking to a robot|am i talking to a machine|\
        am i talking to a human|am i talking to a person|am i talking to a real|is this a robot|is this a bot|\
        is this a real person|eres un robot|es un robot|usted un robot|eres humano|es humano|eres una persona|\
        es usted una persona|hablo con un robot|hablo con una persona|hablando con un robot|hablando con una persona|\
        voce e um robo|e um robo|voce e humano|voce e uma pessoa|falando com um robo|falando com uma pessoa|\
        هل انت روبوت|انت روبوت|هل انت انسان|هل انت شخص|هل اتحدث مع روبوت|هل اتحدث الي روبوت|هل اتكلم مع روبوت|هل هذا روبوت";
    QUESTIONS.split('|').any(|question| normalised.contains(question))
}

/// Whether a normalised text asks for what only a doctor may say.
pub(crate) fn asks_medical_advice(normalised: &str) -> bool {
    const BODY: &str = "过敏|湿疹|皮炎|哮喘|发烧|拉肚子|腹泻|便秘|呕吐|糖尿病|高血压|心脏病|胃病|孕妇|怀孕|孕期|哺乳期|早产|黄疸|乳糖不耐|\
        吃药|药|生病|病人|医生|治|allerg|eczema|asthma|rash|fever|diarrh|constipat|diabet|blood pressure|heart condition|pregnan|\
        breastfeed|lactose|medicine|medication|doctor|cure|illness|embaraz|medicament|\
        diabet|asma|gravid|gestante|amament|lactan|حساسيه|حامل|حمل|دواء|سكري|طبيب";
    const ASKS: &str = "吗|?|能|可以|会不会|是否|怎么办|适合|有没有|该|什么|can|could|should|is it|safe|suitable|will|would|does|what|puede|puedo|posso|pode|segur|هل";
    let says = |words: &str| words.split('|').any(|word| normalised.contains(word));
    // A medicine box, an allergy to noise: only what goes into or onto a body asks for a doctor.
    says(BODY) && says(ASKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_and_what_a_doctor_says() {
        for text in ["你是机器人吗", "你是真人还是机器人", "are you a robot?", "am i talking to a real person?"]
        {
            assert!(asks_what_speaks(text), "{text}");
        }
        assert!(!asks_what_speaks("给我转真人"));
        for text in ["宝宝牛奶蛋白过敏能喝这个奶粉吗", "孕妇可以用吗", "is it safe for a baby with allergies?"]
        {
            assert!(asks_medical_advice(text), "{text}");
        }
        assert!(!asks_medical_advice("这个咖啡机多大"));
    }
}
