"""Every number of the synthetic province, with where it comes from.

Marks in the comments: (stat) public statistics, rounded; (S) a secondary source named beside it; (ours) our own assumption,
open to calibration. Nothing here is read by a detector, and no detector's threshold is read here.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class ProvinceConfig:
    """What a synthetic province looks like: its size, its seed, the habits of its people and the ways of its rings.

    The proportions of the issue (members at most 0.3 % of persons, five look-alikes for a ring subject) hold from about 1,500
    people; a smaller province still has one ring of four, so that a test has something to find.
    """

    people: int = 10_000
    days: int = 30
    seed: int = 1
    start: date = date(2026, 3, 1)
    rings: int | None = None  # None: as many as the ring budget holds

    # --- who lives here -------------------------------------------------------------------------------------------------
    household_mean: float = 2.6  # (stat) 2020 census: 2.62 persons a household
    share_children: float = 0.14  # (stat) 2020 census: 17.9 % under 15, less those with a phone (ours)
    share_elderly: float = 0.17  # (stat) 2020 census: 18.7 % over 60
    share_students: float = 0.03  # (stat) about 47 million in higher education of 1.4 billion
    share_self_employed: float = 0.05  # (ours) stalls and small shops kept by one person
    second_line: float = 0.14  # (stat) 1.25 mobile subscriptions a head
    second_account: float = 0.55  # (S) PBOC: about 10 accounts a head; most of them dormant, so far fewer deliver rows
    operator_shares: tuple[float, float, float] = (0.56, 0.24, 0.20)  # (stat) subscribers of CMCC, CUCC, CTCC
    bank_shares: tuple[float, ...] = (0.24, 0.22, 0.15, 0.17, 0.10, 0.07, 0.05)  # (ours) the last two deliver nothing

    # --- what they do in a day ------------------------------------------------------------------------------------------
    calls_per_day: float = 1.32  # (stat) about 2.2 mobile voice minutes and 1.5 calls a subscriber and day
    service_sms_per_day: float = 0.42  # (stat) over 1.7 trillion SMS a year, nearly all from services; scaled down (ours)
    messages_per_day: float = 1.12  # (ours) a sample: real platforms carry a hundred times more
    logins_per_day: float = 0.16  # (ours) fresh log-ins, not every opening of the app
    receipts_per_day: float = 0.30  # (stat) over 1 trillion mobile payments a year is 2 a head and day; a sample (ours)
    card_payments_per_day: float = 0.17  # (ours)
    gifts_per_day: float = 0.10  # (ours) transfers between people who know each other
    ecny_share: float = 0.10  # (stat) 180 million personal wallets in 2024
    ecny_per_day: float = 0.35  # (ours) payments of one who uses the wallet at all
    withdrawals_per_day: float = 0.012  # (ours)
    salary_median: float = 6_200.0  # (stat) 2023 average wages: 5,700 private, 10,000 non-private, a month
    salary_sigma: float = 0.45  # (ours)
    rent_median: float = 1_600.0  # (ours)
    share_tenants: float = 0.24  # (stat) 2020 census: about a quarter of urban households rent
    call_lengths: tuple[float, float] = (3.9, 1.1)  # (S) CDR literature: log-normal, median about 50 s
    interconnect_double: float = 0.08  # (ours) calls between two operators which both deliver
    dry_accounts: float = 0.4  # (ours) accounts that run down to nothing at some moment

    # --- journeys -------------------------------------------------------------------------------------------------------
    travellers_per_month: float = 0.035  # (stat) 1 in 30 leaves the mainland in a month
    tickets_per_month: float = 0.22  # (ours) inland journeys by train and air in the police's sample

    # --- trades that resemble a ring, in persons per 10,000 -------------------------------------------------------------
    stall_code_payments: float = 12.0  # (ours) small receipts of a market stall in a day
    call_centre_seats: float = 18.0  # (ours)
    centre_calls_per_day: float = 55.0  # (ours) outbound calls of a seat
    couriers: float = 30.0  # (stat) about 4 million couriers of 1.4 billion
    courier_calls_per_day: float = 26.0  # (ours)
    crypto_users: float = 120.0  # (ours) lawful at an overseas exchange
    tourists: float = 60.0  # (ours) members of tour groups in a month
    overseas_workers: float = 20.0  # (ours) lawful, by an employer who pays the fare
    remote_helped: float = 30.0  # (ours) people helped by IT support with a payment
    house_buyers: float = 12.0  # (ours)
    group_buyers: float = 12.0  # (ours) organisers of group purchases
    elderly_helpers: float = 4.0  # (ours) open e-CNY wallets for a dozen neighbours each
    refunded: float = 40.0  # (ours)
    new_accounts: float = 80.0  # (ours) genuine holders of an account opened in the month
    pilgrims: float = 24.0  # (ours) elderly travellers by bus who draw cash at the same machines
    bill_payers: float = 4.0  # (ours) whose card or supplier takes at most 50,000 yuan at once
    video_callers: float = 20.0  # (ours) who pay something large after a video call of their family
    cash_backs: float = 16.0  # (ours) who get a purchase back with a voucher and buy something large the same day
    offers: float = 10.0  # (ours) who honestly sell what virtual worlds and green issuers offer
    sub_wallets: float = 0.12  # (ours) of owners of a digital-yuan wallet
    hard_wallets: float = 0.3  # (ours) of the elderly who have one: a card or a watch
    collectors: float = 20.0  # (ours) who buy and sell single pieces
    key_cards: float = 0.35  # (ours) of lawful wallets on the EVM chain whose key lives on a phone card (BSIM)
    lost_cards: float = 30.0  # (ours) numbers issued anew on a new card in a month
    lost_key_cards: float = 3.0  # (ours) such cards that held a key
    crossings_per_day: float = 0.02  # (ours) journeys of a swapper's dollars over the bridge
    strangers_crossing: float = 0.003  # (ours) crossings of the rest of the world, a person of the province and day
    bridge_fee: float = 0.0008  # (ours) of what crosses, and one dollar
    swappers: float = 40.0  # (ours) lawful people who swap coins on an EVM chain every few days
    tagged_look_alikes: float = 0.22  # the issue: at most 30 % of look-alikes are tagged
    wrongly_tagged: float = 0.02  # (ours) ring entities on a harmless list

    # --- rings ----------------------------------------------------------------------------------------------------------
    ring_share: float = 0.0027  # the issue: at most 0.3 % of persons
    ring_smallest: int = 4  # the issue: rings of 4 to 60
    ring_largest: int = 60
    outsider_share: float = 0.34  # (ours) members who live elsewhere and show in one flow only; the issue: 20 % at least
    cold_calls_per_line: float = 62.0  # (S) domain.md: more than 50 calls out in 24 h
    victims_per_member: float = 2.6  # (ours)
    reported: float = 0.72  # (ours) victims who report
    loss_median: float = 21_000.0  # (S) court statistics speak of tens of thousands a victim; heavy-tailed
    loss_sigma: float = 1.05  # (ours)
    forward_median_s: float = 960.0  # (S) rails.md: money is forwarded after 16 minutes in the median
    forward_sigma: float = 1.6  # (S) rails.md: 3.4 h at the third quartile
    commission: tuple[float, float] = (0.008, 0.03)  # (S) domain.md: 1.5–7.6 % over all layers
    payments_of_a_victim: tuple[float, ...] = (0.55, 0.28, 0.17)  # (ours) chances of one, two, three payments
    remote_share: float = 0.17  # (ours) victims who shared their screen while paying
    freeze_share: float = 0.22  # (ours) reports after which an account of the ring is frozen in time
    lines_per_box: tuple[int, int] = (7, 15)  # (S) seized GoIP devices hold 8 to 32 cards; small ones (ours)
    members_per_box: int = 8  # (ours)
    unanswered: float = 0.52  # (ours) cold calls that nobody takes
    handed_to_second: float = 0.16  # (ours) of those who listened
    handed_to_third: float = 0.25  # (ours) of those the second line spoke to
    quoted_pretexts: float = 0.004  # (ours) of ordinary texts: people forward the phrases of fraud as a warning
    gamblers_per_day: tuple[int, int] = (9, 26)  # (ours) receipts of one run-points code in a day
    exits: tuple[tuple[str, float], ...] = (  # (ours) how money leaves the accounts; USDT leads since 2020
        ("usdt", 0.52), ("cash", 0.2), ("ecny", 0.14), ("run_points", 0.1), ("rest", 0.04),
    )  # fmt: skip
    hop_chances: tuple[float, float, float] = (0.95, 0.55, 0.3)  # (ours) of a first, second, third hop on the chain
    to_exchange: float = 0.68  # (ours) of what moved on the chain; the rest goes to the organiser's cold address
    address_reuse: float = 0.99  # (ours) once a ring has as many passing addresses as members
    silent_share: float = 0.8  # (ours) recruits whose own phone falls silent abroad
    coerced_share: float = 0.40  # (S) UN OHCHR 2023: trafficked into scam work in large numbers
    usdt_price: float = 7.18  # (ours) CNY for one USDT at a desk
    ether_price: float = 3_050.0  # (ours) USDT for one ether
    bitcoin_price: float = 88_000.0  # (ours) USDT for one bitcoin

    # --- how victims are drawn in ---------------------------------------------------------------------------------------
    baited: float = 0.45  # (ours) victims of stories with tasks or gains who first got a little more back than they paid
    faced: float = 0.3  # (ours) victims of stories with a pretended person who saw a face for a minute before they paid
    check_fails: float = 0.7  # (ours) of those, whose own identity check failed in the haste
    asset_lures: float = 0.2  # (ours) rings of other stories that offer virtual land or green coins beside
    structured: float = 0.5  # (S) domain.md: several transfers just under a threshold within 24 h; share of large sums (ours)
    car_team: float = 0.5  # (S) domain.md: cash-outs that move together; share of a ring's cash (ours)

    # --- rings on a second chain ----------------------------------------------------------------------------------------
    evm_smallest: int = 6  # (ours) smaller rings stay on Tron
    evm_share: tuple[float, float] = (0.05, 0.5)  # (ours) of a ring's purchases of USDT that are delivered on the EVM chain
    bridged: float = 0.12  # (ours) of a ring's stops on Tron from which dollars cross the bridge
    washed: float = 0.2  # (ours) of stops in ether's token at which pieces are sold in a circle
    key_held: float = 0.6  # (ours) rings whose first address on the EVM chain is held on a mule's phone card
    taken_over: float = 0.5  # (ours) rings that have a stranger's key card issued anew to themselves
    evm_swapped: float = 0.6  # (ours) of stops on the EVM chain at which dollars become ether or bitcoin
    evm_hopped: float = 0.55  # (ours) of stops after which another address of the ring follows

    # --- dirt -----------------------------------------------------------------------------------------------------------
    bad_rows: float = 4e-5  # (ours) of the rows of a file
    duplicate_rows: float = 1e-4  # (ours)
    late_rows: float = 0.002  # (ours) delivered one to three days after their day
    second_sighting_skew_s: int = 8  # (ours) clocks of two banks

    @property
    def days_per_file(self) -> int:
        """How many days of records one file holds: (ours) large institutions deliver daily, small ones every five days."""
        return 1 if self.people >= 50_000 else 5

    @property
    def files(self) -> int:
        """How many files a series has."""
        return -(-self.days // self.days_per_file)

    @property
    def file_days(self) -> npt.NDArray[np.int64]:
        """The first day of each file, and the end of the last."""
        return np.minimum(np.arange(self.files + 1) * self.days_per_file, self.days)
