// The page's own words. What Ermu says comes from the server.

const WORDS = {
  zh: {
    title: "请说，我在听", lead: "直接通话，说明您的问题；需要时把商品拍给我看。",
    step1: "查订单：告诉我订单号", step2: "商品有问题：拍张照片发来", step3: "想找真人：随时说“转人工”",
    disclosure: "接电话的是智能客服（机器人）。通话文字和照片会保存，用来处理您的问题。",
    call: "开始通话", connecting: "正在接通…", allow: "请允许使用麦克风", again: "再次通话",
    in_call: "通话中", listening: "正在听您说", speaking: "正在回答", muted: "已静音", unstable: "网络不稳，正在恢复…", ended: "通话已结束",
    photo: "拍照", album: "相册", mute: "静音", unmute: "取消静音", hang_up: "挂断", send: "发送", type: "也可以打字",
    languages: "语言", conversation: "对话", large: "照片", close: "关闭", enlarge: "放大照片",
    you: "您", ermu: "耳目",
    tone_angry: "听起来有些着急", tone_happy: "听起来心情不错", tone_sad: "听起来有些难过",
    uploading: "正在发送照片…", looking: "正在查看照片…", no_damage: "没有发现明显损伤",
    photo_alone: "仅凭照片，供参考", sure: "把握 {}%", finding: "发现",
    fault_blurred: "照片有些模糊", fault_dark: "光线太暗", fault_glare: "反光太强", fault_small: "照片太小", fault_empty: "照片里没有内容",
    kind_scratch: "划痕", kind_crack: "裂纹", kind_dent: "凹痕", kind_stain: "污渍", kind_chip: "缺口", kind_missing_part: "缺件",
    decision: "处理决定", rule: "依据", remedy_replace: "换新", remedy_refund: "退款", remedy_repair: "维修", remedy_partial_refund: "部分退款，商品留用",
    remedy_return: "退货退款", remedy_coupon: "补发优惠券", remedy_cancel: "取消订单", remedy_reroute: "修改配送", remedy_appointment: "预约安装",
    remedy_invoice: "开具发票", remedy_urge: "催促快递", remedy_investigate: "商品下架核查",
    remedy_refuse: "无法受理", remedy_review: "由人工判断",
    ticket: "工单", ticket_saved: "已登记", order: "订单", promised: "我们答应您", noted: "已记录", copy: "复制工单号", copied: "已复制",
    hand_off: "正在为您转接人工", hand_off_asked: "按您的要求", hand_off_angry: "您的问题需要专人处理", hand_off_not_understood: "抱歉，我没能听明白",
    hand_off_photos_unusable: "照片无法判断，由人工查看", hand_off_rule: "按规定由人工决定", hand_off_dispute: "由高级客服处理", hand_off_failure: "系统遇到问题，由人工继续",
    summary_ended: "通话结束，时长",
    insecure: "此页面不能使用麦克风", insecure_help: "浏览器只在 https 或本机地址下允许使用麦克风。请改用 https 地址打开。",
    refused: "没有麦克风权限", refused_help: "请在浏览器地址栏的权限设置中允许使用麦克风，然后再试一次。",
    no_microphone: "没有找到麦克风", no_microphone_help: "请插入或打开麦克风，确认没有被其他程序占用，然后再试一次。",
    busy: "线路正忙", busy_help: "当前通话较多，请稍候片刻再拨。",
    offline: "连不上服务器", offline_help: "请检查网络，然后再试一次。",
    failed: "通话没有接通", failed_help: "网络可能阻挡了语音。请换一个网络再试一次。",
    dropped: "通话中断了", dropped_help: "网络连接丢失。已登记的内容不会丢失，请再次通话。",
    refused_by_server: "服务器没有接受通话",
    photo_failed: "照片没有发出去", photo_too_large: "照片太大", photo_unreadable: "无法读取这个文件，请选 JPEG、PNG 或 WebP 照片",
    photo_too_many: "本次通话的照片已达上限", photo_kept: "照片已收到",
  },
  en: {
    title: "Talk to us, we’re listening", lead: "Call, tell us what is wrong, and show us the product when it helps.",
    step1: "Track an order: say its number", step2: "Something damaged: send a photo", step3: "Prefer a person: just ask, any time",
    disclosure: "An automated assistant answers. The words and photos of the call are kept to deal with your request.",
    call: "Start call", connecting: "Connecting…", allow: "Allow the microphone", again: "Call again",
    in_call: "On the call", listening: "Listening to you", speaking: "Answering", muted: "Muted", unstable: "Unstable network, recovering…", ended: "Call ended",
    photo: "Photo", album: "Album", mute: "Mute", unmute: "Unmute", hang_up: "Hang up", send: "Send", type: "Or type a message",
    languages: "Language", conversation: "Conversation", large: "Photo", close: "Close", enlarge: "Enlarge the photo",
    you: "You", ermu: "Ermu",
    tone_angry: "sounds upset", tone_happy: "sounds happy", tone_sad: "sounds sad",
    uploading: "Sending the photo…", looking: "Looking at the photo…", no_damage: "No visible damage found",
    photo_alone: "from the photo alone", sure: "{}% sure", finding: "Found",
    fault_blurred: "The photo is blurred", fault_dark: "Too dark", fault_glare: "Too much glare", fault_small: "The photo is too small", fault_empty: "Nothing on the photo",
    kind_scratch: "Scratch", kind_crack: "Crack", kind_dent: "Dent", kind_stain: "Stain", kind_chip: "Chip", kind_missing_part: "Missing part",
    decision: "Decision", rule: "Rule", remedy_replace: "Replacement", remedy_refund: "Refund", remedy_repair: "Repair", remedy_partial_refund: "Partial refund, you keep it",
    remedy_return: "Return and refund", remedy_coupon: "New coupon", remedy_cancel: "Order cancelled", remedy_reroute: "Delivery changed", remedy_appointment: "Installation booked",
    remedy_invoice: "Invoice", remedy_urge: "Carrier pressed", remedy_investigate: "Item taken off sale and checked",
    remedy_refuse: "Not covered", remedy_review: "A person decides",
    ticket: "Ticket", ticket_saved: "Registered", order: "Order", promised: "What we promised", noted: "What we noted", copy: "Copy the number", copied: "Copied",
    hand_off: "Handing you over to a person", hand_off_asked: "as you asked", hand_off_angry: "this deserves a person’s attention", hand_off_not_understood: "sorry, I did not understand",
    hand_off_photos_unusable: "a person will look at the photos", hand_off_rule: "a person decides here", hand_off_dispute: "our most experienced colleague goes on", hand_off_failure: "a fault on our side; a person goes on",
    summary_ended: "Call ended after",
    insecure: "The microphone cannot be used here", insecure_help: "Browsers allow the microphone only on https or on this machine’s own address. Please open the https address.",
    refused: "The microphone is not allowed", refused_help: "Please allow the microphone in the site settings beside the address, then try again.",
    no_microphone: "No microphone found", no_microphone_help: "Please connect or switch on a microphone that no other program is using, then try again.",
    busy: "All lines are busy", busy_help: "Please try again in a moment.",
    offline: "The server cannot be reached", offline_help: "Please check your network and try again.",
    failed: "The call could not be connected", failed_help: "The network may be blocking voice. Please try another network.",
    dropped: "The call was interrupted", dropped_help: "The connection was lost. What was registered is safe; please call again.",
    refused_by_server: "The server did not accept the call",
    photo_failed: "The photo was not sent", photo_too_large: "The photo is too large", photo_unreadable: "This file cannot be read: please choose a JPEG, PNG or WebP photo",
    photo_too_many: "No more photos can be sent in this call", photo_kept: "Photo received",
  },
  es: {
    title: "Hable, le escucho", lead: "Llame, cuente qué pasa y enséñenos el artículo cuando haga falta.",
    step1: "Seguir un pedido: diga su número", step2: "Algo dañado: envíe una foto", step3: "¿Prefiere una persona? Pídala cuando quiera",
    disclosure: "Contesta un asistente automático (robot). Las palabras y fotos de la llamada se guardan para atender su petición.",
    call: "Llamar", connecting: "Conectando…", allow: "Permita usar el micrófono", again: "Llamar de nuevo",
    in_call: "En llamada", listening: "Le escucho", speaking: "Respondiendo", muted: "Silenciado", unstable: "Red inestable, recuperando…", ended: "Llamada terminada",
    photo: "Foto", album: "Álbum", mute: "Silenciar", unmute: "Activar micrófono", hang_up: "Colgar", send: "Enviar", type: "O escriba un mensaje",
    languages: "Idioma", conversation: "Conversación", large: "Foto", close: "Cerrar", enlarge: "Ampliar la foto",
    you: "Usted", ermu: "Ermu",
    tone_angry: "suena molesto", tone_happy: "suena contento", tone_sad: "suena triste",
    uploading: "Enviando la foto…", looking: "Mirando la foto…", no_damage: "No se ve ningún daño",
    photo_alone: "solo por la foto", sure: "{} % seguro", finding: "Hallazgo",
    fault_blurred: "La foto está borrosa", fault_dark: "Demasiado oscura", fault_glare: "Demasiado reflejo", fault_small: "La foto es demasiado pequeña", fault_empty: "No hay nada en la foto",
    kind_scratch: "Arañazo", kind_crack: "Grieta", kind_dent: "Abolladura", kind_stain: "Mancha", kind_chip: "Desconchón", kind_missing_part: "Pieza que falta",
    decision: "Decisión", rule: "Norma", remedy_replace: "Cambio por uno nuevo", remedy_refund: "Reembolso", remedy_repair: "Reparación", remedy_partial_refund: "Reembolso parcial, se lo queda",
    remedy_return: "Devolución y reembolso", remedy_coupon: "Cupón nuevo", remedy_cancel: "Pedido cancelado", remedy_reroute: "Entrega cambiada", remedy_appointment: "Instalación reservada",
    remedy_invoice: "Factura", remedy_urge: "Reclamado al transportista", remedy_investigate: "Artículo retirado y revisado",
    remedy_refuse: "No cubierto", remedy_review: "Decide una persona",
    ticket: "Caso", ticket_saved: "Registrado", order: "Pedido", promised: "Lo que prometimos", noted: "Lo que anotamos", copy: "Copiar el número", copied: "Copiado",
    hand_off: "Le pasamos con una persona", hand_off_asked: "como pidió", hand_off_angry: "esto merece la atención de una persona", hand_off_not_understood: "perdón, no le entendí",
    hand_off_photos_unusable: "una persona mirará las fotos", hand_off_rule: "aquí decide una persona", hand_off_dispute: "sigue nuestro compañero con más experiencia", hand_off_failure: "un fallo nuestro; sigue una persona",
    summary_ended: "Llamada terminada tras",
    insecure: "Aquí no se puede usar el micrófono", insecure_help: "El navegador solo permite el micrófono en https o en la propia máquina. Abra la dirección https, por favor.",
    refused: "El micrófono no está permitido", refused_help: "Permita el micrófono en los ajustes del sitio, junto a la dirección, e inténtelo de nuevo.",
    no_microphone: "No se encuentra ningún micrófono", no_microphone_help: "Conecte o encienda un micrófono que no use otro programa e inténtelo de nuevo.",
    busy: "Todas las líneas están ocupadas", busy_help: "Inténtelo de nuevo en un momento.",
    offline: "No se llega al servidor", offline_help: "Compruebe su red e inténtelo de nuevo.",
    failed: "No se pudo conectar la llamada", failed_help: "Puede que la red bloquee la voz. Pruebe con otra red.",
    dropped: "Se cortó la llamada", dropped_help: "Se perdió la conexión. Lo registrado está a salvo; llame de nuevo, por favor.",
    refused_by_server: "El servidor no aceptó la llamada",
    photo_failed: "La foto no se envió", photo_too_large: "La foto es demasiado grande", photo_unreadable: "No se puede leer el archivo: elija una foto JPEG, PNG o WebP",
    photo_too_many: "No se pueden enviar más fotos en esta llamada", photo_kept: "Foto recibida",
  },
  pt: {
    title: "Fale, estou ouvindo", lead: "Ligue, conte o que houve e mostre o produto quando ajudar.",
    step1: "Acompanhar um pedido: diga o número", step2: "Algo danificado: envie uma foto", step3: "Prefere uma pessoa? É só pedir, a qualquer hora",
    disclosure: "Quem atende é um assistente automático (robô). As palavras e fotos da ligação são guardadas para atender o seu pedido.",
    call: "Ligar", connecting: "Conectando…", allow: "Permita o uso do microfone", again: "Ligar de novo",
    in_call: "Em ligação", listening: "Ouvindo você", speaking: "Respondendo", muted: "Sem som", unstable: "Rede instável, recuperando…", ended: "Ligação encerrada",
    photo: "Foto", album: "Álbum", mute: "Silenciar", unmute: "Ativar microfone", hang_up: "Desligar", send: "Enviar", type: "Ou escreva uma mensagem",
    languages: "Idioma", conversation: "Conversa", large: "Foto", close: "Fechar", enlarge: "Ampliar a foto",
    you: "Você", ermu: "Ermu",
    tone_angry: "parece irritado", tone_happy: "parece contente", tone_sad: "parece triste",
    uploading: "Enviando a foto…", looking: "Olhando a foto…", no_damage: "Nenhum dano visível",
    photo_alone: "só pela foto", sure: "{}% de certeza", finding: "Encontrado",
    fault_blurred: "A foto está borrada", fault_dark: "Escura demais", fault_glare: "Reflexo demais", fault_small: "A foto é pequena demais", fault_empty: "Não há nada na foto",
    kind_scratch: "Arranhão", kind_crack: "Rachadura", kind_dent: "Amassado", kind_stain: "Mancha", kind_chip: "Lascado", kind_missing_part: "Peça faltando",
    decision: "Decisão", rule: "Regra", remedy_replace: "Troca por um novo", remedy_refund: "Reembolso", remedy_repair: "Conserto", remedy_partial_refund: "Reembolso parcial, fica com você",
    remedy_return: "Devolução e reembolso", remedy_coupon: "Cupom novo", remedy_cancel: "Pedido cancelado", remedy_reroute: "Entrega alterada", remedy_appointment: "Instalação marcada",
    remedy_invoice: "Nota fiscal", remedy_urge: "Transportadora cobrada", remedy_investigate: "Produto retirado e verificado",
    remedy_refuse: "Não coberto", remedy_review: "Uma pessoa decide",
    ticket: "Protocolo", ticket_saved: "Registrado", order: "Pedido", promised: "O que prometemos", noted: "O que anotamos", copy: "Copiar o número", copied: "Copiado",
    hand_off: "Passando para uma pessoa", hand_off_asked: "como você pediu", hand_off_angry: "isto merece a atenção de uma pessoa", hand_off_not_understood: "desculpe, não entendi",
    hand_off_photos_unusable: "uma pessoa vai olhar as fotos", hand_off_rule: "aqui decide uma pessoa", hand_off_dispute: "segue o nosso colega mais experiente", hand_off_failure: "uma falha nossa; uma pessoa continua",
    summary_ended: "Ligação encerrada depois de",
    insecure: "O microfone não pode ser usado aqui", insecure_help: "O navegador só permite o microfone em https ou na própria máquina. Abra o endereço https, por favor.",
    refused: "O microfone não está permitido", refused_help: "Permita o microfone nas configurações do site, ao lado do endereço, e tente de novo.",
    no_microphone: "Nenhum microfone encontrado", no_microphone_help: "Conecte ou ligue um microfone que nenhum outro programa esteja usando e tente de novo.",
    busy: "Todas as linhas estão ocupadas", busy_help: "Tente de novo daqui a pouco.",
    offline: "Não foi possível alcançar o servidor", offline_help: "Verifique a sua rede e tente de novo.",
    failed: "A ligação não foi completada", failed_help: "A rede pode estar bloqueando a voz. Tente outra rede.",
    dropped: "A ligação caiu", dropped_help: "A conexão foi perdida. O que foi registrado está salvo; ligue de novo, por favor.",
    refused_by_server: "O servidor não aceitou a ligação",
    photo_failed: "A foto não foi enviada", photo_too_large: "A foto é grande demais", photo_unreadable: "Não é possível ler este arquivo: escolha uma foto JPEG, PNG ou WebP",
    photo_too_many: "Não é possível enviar mais fotos nesta ligação", photo_kept: "Foto recebida",
  },
  ar: {
    title: "تحدثوا، نحن نستمع", lead: "اتصلوا وأخبرونا بالمشكلة، وأرونا المنتج عند الحاجة. الإجابة مكتوبة بالعربية، والصوت بالإنجليزية.",
    step1: "متابعة طلب: قولوا رقمه", step2: "شيء تالف: أرسلوا صورة", step3: "تفضلون موظفًا؟ اطلبوه في أي وقت",
    disclosure: "يجيب مساعد آلي (روبوت). تُحفظ كلمات المكالمة وصورها لمعالجة طلبكم.",
    call: "اتصال", connecting: "جارٍ الاتصال…", allow: "يرجى السماح بالميكروفون", again: "اتصال مرة أخرى",
    in_call: "في مكالمة", listening: "نستمع إليكم", speaking: "نجيب", muted: "الصوت مكتوم", unstable: "الشبكة غير مستقرة، جارٍ الاستعادة…", ended: "انتهت المكالمة",
    photo: "صورة", album: "الألبوم", mute: "كتم", unmute: "إلغاء الكتم", hang_up: "إنهاء", send: "إرسال", type: "أو اكتبوا رسالة",
    languages: "اللغة", conversation: "المحادثة", large: "صورة", close: "إغلاق", enlarge: "تكبير الصورة",
    you: "أنتم", ermu: "إرمو",
    tone_angry: "يبدو الانزعاج", tone_happy: "يبدو السرور", tone_sad: "يبدو الحزن",
    uploading: "جارٍ إرسال الصورة…", looking: "ننظر في الصورة…", no_damage: "لا ضرر ظاهر",
    photo_alone: "من الصورة وحدها", sure: "بثقة {}%", finding: "وُجد",
    fault_blurred: "الصورة غير واضحة", fault_dark: "معتمة جدًا", fault_glare: "انعكاس قوي", fault_small: "الصورة صغيرة جدًا", fault_empty: "لا شيء في الصورة",
    kind_scratch: "خدش", kind_crack: "شرخ", kind_dent: "انبعاج", kind_stain: "بقعة", kind_chip: "كسر في الحافة", kind_missing_part: "قطعة ناقصة",
    decision: "القرار", rule: "القاعدة", remedy_replace: "استبدال بجديد", remedy_refund: "استرداد المبلغ", remedy_repair: "إصلاح", remedy_partial_refund: "استرداد جزئي مع بقاء المنتج",
    remedy_return: "إرجاع واسترداد", remedy_coupon: "قسيمة جديدة", remedy_cancel: "إلغاء الطلب", remedy_reroute: "تغيير التوصيل", remedy_appointment: "حجز التركيب",
    remedy_invoice: "فاتورة", remedy_urge: "متابعة مع شركة الشحن", remedy_investigate: "سحب المنتج وفحصه",
    remedy_refuse: "غير مشمول", remedy_review: "يقرر موظف",
    ticket: "الحالة", ticket_saved: "سُجلت", order: "الطلب", promised: "ما وعدنا به", noted: "ما سجلناه", copy: "نسخ الرقم", copied: "نُسخ",
    hand_off: "نحيلكم إلى موظف", hand_off_asked: "كما طلبتم", hand_off_angry: "يستحق الأمر اهتمام موظف", hand_off_not_understood: "عذرًا، لم نفهم",
    hand_off_photos_unusable: "سينظر موظف في الصور", hand_off_rule: "القرار هنا لموظف", hand_off_dispute: "يتابع زميلنا الأكثر خبرة", hand_off_failure: "خلل عندنا، ويتابع موظف",
    summary_ended: "انتهت المكالمة بعد",
    insecure: "لا يمكن استخدام الميكروفون هنا", insecure_help: "لا يسمح المتصفح بالميكروفون إلا عبر https أو من الجهاز نفسه. يرجى فتح عنوان https.",
    refused: "الميكروفون غير مسموح", refused_help: "يرجى السماح بالميكروفون في إعدادات الموقع بجانب العنوان ثم المحاولة مرة أخرى.",
    no_microphone: "لا يوجد ميكروفون", no_microphone_help: "يرجى توصيل ميكروفون لا يستخدمه برنامج آخر ثم المحاولة مرة أخرى.",
    busy: "جميع الخطوط مشغولة", busy_help: "يرجى المحاولة بعد قليل.",
    offline: "تعذر الوصول إلى الخادم", offline_help: "يرجى التحقق من الشبكة ثم المحاولة مرة أخرى.",
    failed: "تعذر الاتصال", failed_help: "قد تحجب الشبكة الصوت. يرجى تجربة شبكة أخرى.",
    dropped: "انقطعت المكالمة", dropped_help: "انقطع الاتصال. ما سُجل محفوظ، يرجى الاتصال مرة أخرى.",
    refused_by_server: "لم يقبل الخادم المكالمة",
    photo_failed: "لم تُرسل الصورة", photo_too_large: "الصورة كبيرة جدًا", photo_unreadable: "لا يمكن قراءة الملف: اختاروا صورة JPEG أو PNG أو WebP",
    photo_too_many: "لا يمكن إرسال صور أخرى في هذه المكالمة", photo_kept: "وصلت الصورة",
  },
};

/** The page's language at the first visit: the browser's, if the page has it. */
const usual = () => Object.keys(WORDS).find((code) => navigator.language.toLowerCase().startsWith(code)) ?? "en";

let language = localStorage.getItem("language") ?? usual();
if (!(language in WORDS)) language = "en";

/** The language of the page, in which a call begins: `zh`, `en`, `es`, `pt` or `ar`. */
export const current = () => language;

/** The word for a key in the language of the page. */
export const t = (key) => WORDS[language][key] ?? key;

/** A text that exists in several languages. */
export const pick = (words) => words[language] || (language === "zh" ? words.zh : words.en) || words.zh;

/** Changes the language and writes all fixed words of the page again. */
export function speak(next) {
  language = next;
  localStorage.setItem("language", next);
  translate(document);
}

/** Writes the words of all marked elements under `root`. */
export function translate(root) {
  document.documentElement.lang = { zh: "zh-CN", pt: "pt-BR" }[language] ?? language;
  document.documentElement.dir = language === "ar" ? "rtl" : "ltr";
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of root.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
  for (const button of root.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}
