"""One hand-written file for each tabular kind, every column filled in at least once."""
# ruff: noqa: E501 # the lines of these files are as long as they are

from __future__ import annotations

USDT = "tron/TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"

SAMPLES: dict[str, str] = {
    "cdr": """\
record_id,type,a_number,b_number,start,duration_s,imsi,imei,first_cell,last_cell,trunk,direction,release_cause,roaming_country
r1,call,13800138000,+86 139 0013 9000,2026-03-01T08:15:30+08:00,65,460001234567890,356938035643809,c1,c2,domestic,mo,16,
r2,sms,10086,13900139000,2026-03-01T00:16:00Z,0,460009999999999,,c9,,,mt,,KH
r3,CALL,13800138000,13900139000,2026-03-01T08:17:00,3,460001234567890,,c1,,,,,
""",
    "sim_cards": """\
msisdn,iccid,imsi,holder,holder_kind,activated_at,agent,status,status_at,kind,wallet_address,region
13800138000,89860012345678901234,460001234567890,h1,person,2025-01-02T00:00:00+08:00,shop7,active,,bsim,TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t,Hubei
13900139000,89860012345678901235,,firm,organisation,2025-01-03T00:00:00+08:00,person:d1,closed,2025-06-01T00:00:00+08:00,voice,,
""",
    "device_pairings": """\
imei,imsi,first_seen,last_seen,cell
356938035643809,460001234567890,2026-03-01T00:00:00+08:00,2026-03-05T00:00:00+08:00,c1
""",
    "cells": "cell,region,latitude,longitude,country\nc1,Fuzhou,26.1,119.3,\nc2,Myawaddy,,,MM\n",
    "bank_accounts": """\
institution,account,holder,holder_kind,opened_at,class,status,phone,region
ICBKCNBJ,6222021234567890,h1,,2025-05-01,II,frozen,13800138000,Hubei
ABOC,6228480000000001,f1,organisation,2025-05-02,I,closed,,
""",
    "bank_transfers": """\
transfer_id,time,payer_institution,payer_account,payee_institution,payee_account,amount,currency,channel,purpose,\
payer_balance_after,payee_balance_after,device,ip,remote_session,identity_check
t1,2026-03-01T10:00:00+08:00,ICBK,6222021234567890,ABOCCNBJ,6228480000000001,1234.5,CNY,mobile,"rent, ""March\""",-10.25,,d1,1.2.3.4,1,passed
t2,2026-03-01T10:00:01+08:00,ICBK,6222021234567890,CCB,ATM001,2000,CNY,atm,,,77.7,,,,
""",
    "payment_receipts": """\
receipt_id,time,payer,code_id,merchant_account,merchant_institution,amount,currency
p1,2026-03-01T10:00:00+08:00,ICBK/6222021234567890,q1,6228480000000001,ABOC,10,CNY
p2,2026-03-01T10:00:00+08:00,w001,q1,6228480000000001,ABOC,10.01,CNY
""",
    "ecny_wallets": """\
wallet,tier,holder,phone,opened_at,operator,kind,parent
w001,II,h1,13800138000,2025-05-01T00:00:00+08:00,ICBK,soft,
w002,IV,,,2025-05-01T00:00:00+08:00,,sub,w001
""",
    "ecny_transfers": """\
transfer_id,time,payer_wallet,payee_wallet,amount,terminal,purpose
e1,2026-03-01T10:00:00+08:00,w001,w002,0.01,pos1,tea
e2,2026-03-01T10:00:00+08:00,ICBK/6222021234567890,w001,500,,
""",
    "otc_orders": f"""\
order_id,time,side,asset,amount,price,currency,user,account,institution,address,deposit_memo,custodial_ref
o1,2026-03-01T10:00:00+08:00,buy,USDT,100.5,7.21,CNY,u1,6222021234567890,ICBK,{TRON},m1,x1
o2,2026-03-01T10:00:00+08:00,sell,{USDT},1,7.2,CNY,,,,,,
""",
    "platform_accounts": """\
platform,account,created_at,phone,device,ip,status,nickname
WeChat,zhang3,2025-05-01T00:00:00+08:00,13800138000,d1,1.2.3.4,active,老张
""",
    "platform_logins": """\
platform,account,time,device,ip,ip_country,ip_region,identity_check
WeChat,zhang3,2026-03-01T10:00:00+08:00,d1,1.2.3.4,KH,Sihanoukville,failed
""",
    "messages": """\
message_id,platform,time,sender,recipient,kind,duration_s,text
m1,WeChat,2026-03-01T10:00:00+08:00,zhang3,group_1,text,,"你好,
in"
m2,WeChat,2026-03-01T10:00:00+08:00,zhang3,li4,video_call,60,
""",
    "listings": f"""\
listing_id,platform,time,seller,kind,title,item,text,creator,minter,issuer,price,currency,url
l1,market,2026-03-01T10:00:00+08:00,s1,nft,Cat,polygon/0xdac17f958d2ee523a2206206994597c13d831ec7/7,nice,{TRON},mint,i1,9.99,CNY,https://x.example.com/l1
""",
    "sites": """\
url,first_seen,registrar,ip,certificate,app_id,reported_as
https://Pay.Example.com/,2026-03-01T10:00:00+08:00,reg,5.6.7.8,abc,app1,phishing
""",
    "border_crossings": """\
person,time,port,direction,country,conveyance,reference
h1,2026-03-01T10:00:00+08:00,Ruili,out,MM,bus,x1
h1,2026-03-09T10:00:00+08:00,Ruili,in,MM,,
""",
    "tickets": """\
ticket_id,person,bought_at,departs_at,origin,destination,payer,price,currency
k1,h1,2026-03-01T10:00:00+08:00,2026-03-03T10:00:00+08:00,CN/Fuzhou,TH/Bangkok,ICBK/6222021234567890,1200,CNY
k2,h2,2026-03-01T10:00:00+08:00,2026-03-03T10:00:00+08:00,CN/Fuzhou,TH/Bangkok,h1,,
""",
    "persons": "person,issuer,id_token,born_year,region\nh1,icbk,n1,1990,Hubei\nh2,,,,\n",
    "relations": """\
person,relation,other,from,to
h1,family,h2,,
h1,employs,f1,2025-01-01,2025-12-31
h1,tenant,h3,,
h1,member,f2,,
""",
    "tags": """\
entity,kind,value,tag,list,from,to,confidence,note
account:ICBKCNBJ/6222021234567890,,,payroll,l1,2025-01-01,2025-12-31,0.5,why
,phone,138 0013 8000,call_center,l1,2025-02-01,,,
""",
    "prices": f"asset,time,currency,price\nBTC,2026-03-01T10:00:00+08:00,CNY,500000.5\n{USDT},2026-03-01T10:00:00+08:00,CNY,7.2\n",
    "requests": """\
request_id,holder,kind,about,sent_at,acknowledged_at,executed_at,amount,currency,refusal,reference
q1,ICBK,stop,account:ICBK/6222021234567890,2026-03-01T10:00:00+08:00,2026-03-01T11:00:00+08:00,2026-03-01T12:00:00+08:00,100,CNY,too late,ref1
""",
}
