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
};

let language = localStorage.getItem("language") ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
if (!(language in WORDS)) language = "en";

/** The language of the page: `zh` or `en`. */
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
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of root.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
  for (const button of root.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}
