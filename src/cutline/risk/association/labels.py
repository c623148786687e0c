"""What each kind of association is called, in both languages."""

from __future__ import annotations

from cutline.model.entities import Label

ASSOCIATIONS: dict[str, Label] = {
    "stolen-money": Label("Money of reported victims came through", "已报案受害人资金流经"),
    "income-from-suspects": Label("Lives on what suspects pay", "收入主要来自可疑对象"),
    "transit-of-suspects": Label("Only passed suspects' money on", "仅过渡可疑资金"),
    "between-suspects": Label("Stood between suspects", "处于可疑对象之间的过渡账户"),
    "pays-suspects-fees": Label("Pays the fees of suspects' addresses", "为可疑地址垫付手续费"),
    "fees-from-suspects": Label("Made ready by who pays suspects' fees", "由可疑手续费来源启用的地址"),
    "coins-of-suspects": Label("Holds coins that suspects bought", "持有可疑对象购入的币"),
    "reached-victims": Label("Reached several victims before they paid", "在多名受害人付款前与其联系"),
    "named-by-victims": Label("Named by several people who lost money", "被多名受害人提及"),
    "registered-with-suspect": Label("Registered with a suspect number", "以可疑号码注册"),
    "number-behind-suspects": Label("The number behind several suspect accounts", "多个可疑账号的注册号码"),
    "number-kept-for-suspects": Label("A number kept for suspect accounts alone", "仅用于可疑账号注册的号码"),
    "device-of-suspects": Label("A device that suspects use", "可疑对象使用的设备"),
    "beside-suspects-on-device": Label("Beside suspects on one device", "与可疑对象共用设备"),
    "beside-suspects-at-address": Label("Beside suspects at one IP address", "与可疑对象同IP"),
    "holder-of-suspect-tools": Label("Holder of suspect tools", "可疑工具的持有人"),
    "same-number-as-suspect": Label("Same number as a suspect holder", "与可疑持有人同号"),
    "opened-suspect-cards": Label("Opened suspects' cards", "经办开通可疑电话卡"),
    "cards-of-a-dealer": Label("Several cards opened by a dealer of suspects' cards", "多张电话卡由可疑开卡人经办"),
    "built-alike": Label("A page of the same build as those victims name", "与受害人提及的网页同源"),
    "named-in-lures": Label("Where suspects' adverts want to be answered", "可疑招工信息的联系方式"),
    "silent-after-lure": Label("Silent since it talked with a lure", "与招工诱骗者通话后静默"),
    "passes-to-suspects": Label("Passed on to suspects what strangers paid", "将陌生人付款转给可疑对象"),
    "tried-suspect-account": Label("Tried a suspect account with a small payment", "以小额付款试用可疑账户"),
    "crew-line": Label("Talks with several suspects who know each other", "与多名相识的可疑人员通联"),
    "called-away": Label("Talked with several who then fell silent", "多名通联对象随后静默"),
    "lured-away": Label("A traveller lured away", "被诱骗出境人员"),
    "paid-for-lured": Label("Paid the fares of people lured away", "为被诱骗人员支付路费"),
}
