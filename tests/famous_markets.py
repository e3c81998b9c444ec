"""Markets that a rulebook has to tell apart: disputes that became known, and ordinary questions that stay quiet.

All texts are paraphrases in our own words; the cause and the least severity of a dispute are those of the taxonomy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from endgame.domain.rule import RuleContext, Severity, TextChange

CONSENSUS = " The resolution source will be a consensus of credible reporting."


class Famous(NamedTuple):
    """A market that went to a vote, with the flag that its cause has to raise."""

    name: str
    title: str
    text: str
    code: str
    least: Severity
    facts: RuleContext = RuleContext()

    @property
    def context(self) -> RuleContext:
        """What was known of it besides its text."""
        return replace(self.facts, title=self.title)


class Quiet(NamedTuple):
    """A market that nobody fights over."""

    title: str
    text: str


FAMOUS = [
    Famous(
        "suit",
        "Will the president of Ukraine wear a suit before July?",
        'Resolves to "Yes" if he is photographed or filmed wearing a suit between May 22 and June 30, '
        "2025, 11:59 PM ET. "
        'Otherwise, this market resolves to "No".' + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "minerals",
        "Ukraine agrees to mineral deal by March 31?",
        'Resolves to "Yes" if Ukraine and the United States reach an agreement on rare earths by March 31, 2025, '
        '11:59 PM ET. Otherwise "No".' + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "tiktok",
        "TikTok banned in the US before May 2025?",
        'Resolves to "Yes" if TikTok is banned in the United States by April 30, 2025, 11:59 PM ET.' + CONSENSUS,
        "OFFICIAL_ACT_STAGES",
        Severity.MEDIUM,
    ),
    Famous(
        "djt",
        "Was Barron involved in the token?",
        (
            'Resolves to "Yes" if the preponderance of evidence suggests that he was involved in creating the token. '
            "Sources are on-chain data and credible reporting."
        ),
        "EVIDENCE_STANDARD",
        Severity.HIGH,
    ),
    Famous(
        "titan",
        "Missing submersible found by June 23?",
        "Resolves to Yes if the submersible is found by June 23, 2023, 11:59 PM ET; it is open what pieces of it are.",
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "eth etf",
        "Ethereum ETF approved by May 31?",
        (
            "Resolves to Yes if the SEC approves any spot Ethereum ETF by May 31, 2024, 11:59 PM ET. The "
            "primary resolution "
            "source is official information from the SEC; a consensus of credible reporting will also be used."
        ),
        "OFFICIAL_ACT_STAGES",
        Severity.MEDIUM,
    ),
    Famous(
        "venezuela election",
        "Will Maduro win the Venezuelan election?",
        (
            "Resolves to the winner of the election of July 28, 2024. The primary resolution source is "
            "official information "
            "from the National Electoral Council (CNE), however a consensus of credible reporting will also be used."
        ),
        "SOURCE_CONFLICT",
        Severity.HIGH,
    ),
    Famous(
        "venezuela invasion",
        "US invades Venezuela by January 31?",
        "Resolves to Yes if the US commences a military offensive intended to establish control over any portion of "
        "Venezuela by January 31, 2026, 11:59 PM ET." + CONSENSUS,
        "INTENT_OR_CONTROL",
        Severity.HIGH,
    ),
    Famous(
        "venezuela leader",
        "Venezuela leader at the end of 2026?",
        "Resolves to the person who officially holds the powers of the presidency on December 31, 2026, 11:59 PM ET.",
        "INTENT_OR_CONTROL",
        Severity.HIGH,
    ),
    Famous(
        "shutdown",
        "Government shutdown over by November 12?",
        "Resolves to Yes if OPM officially announces by November 12, 2025, 11:59 PM ET, that the government reopens.",
        "ANNOUNCEMENT_TRIGGER",
        Severity.MEDIUM,
    ),
    Famous(
        "strategy",
        "Strategy sells any Bitcoin by May 31?",
        (
            "Resolves to Yes if Strategy sells any of its Bitcoin by May 31, 2026, 11:59 PM ET. The "
            "resolution source is "
            "information from the company, its SEC filings and on-chain data."
        ),
        "EVENT_VS_DISCLOSURE_CLOCK",
        Severity.HIGH,
    ),
    Famous(
        "isw",
        "Will Russia capture Myrnohrad by November 15?",
        (
            "Resolves to Yes if the railway station is shaded red on the interactive map of the Institute "
            "for the Study of "
            "War by November 15, 2025, 11:59 PM ET."
        ),
        "TAMPERABLE_SOURCE",
        Severity.HIGH,
    ),
    Famous(
        "supreme leader",
        "Supreme Leader out by March 31?",
        "Resolves to Yes if he is no longer Supreme Leader on March 31, 2026, 11:59 PM ET." + CONSENSUS,
        "DEATH_OR_EXIT_CARVEOUT",
        Severity.HIGH,
    ),
    Famous(
        "viewership",
        "How many people watch the Oscars?",
        "Resolves to the number of viewers of the ceremony of March 2, 2025, as reported by Nielsen, 11:59 PM ET.",
        "REVISION_RISK",
        Severity.MEDIUM,
    ),
    Famous(
        "titan, debris",
        "Titan submersible found by Friday?",
        "Resolves to Yes if the vessel is found by June 23, 2023, 11:59 PM ET. Sonar contacts are not enough. "
        "Nothing is said of pieces of the hull.",
        "PARTIAL_FULFILMENT",
        Severity.MEDIUM,
    ),
    Famous(
        "tiktok, the word",
        "TikTok banned in the US before May 2025?",
        'Resolves to "Yes" if TikTok is banned in the United States by April 30, 2025, 11:59 PM ET.' + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "suit, the source",
        "Will Zelenskyy wear a suit before July?",
        "Resolves to Yes if pictures from June 2025 show him in a suit before the end of the month, 11:59 PM ET."
        + CONSENSUS,
        "CONSENSUS_ONLY",
        Severity.HIGH,
    ),
    Famous(
        "minerals, the stakes",
        "Ukraine agrees to a minerals deal before April?",
        "Resolves to Yes if both countries agree on a deal by March 31, 2025, 11:59 PM ET." + CONSENSUS,
        "HIGH_STAKES_LOW_BOND",
        Severity.MEDIUM,
        RuleContext(volume_usd=12e6),
    ),
    Famous(
        "venezuela custody",
        "Maduro in US custody by January 31?",
        "Resolves to Yes if he is in the custody of the United States by January 31, 2026, 11:59 PM ET." + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "venezuela clarified",
        "US invades Venezuela by January 31?",
        "Resolves to Yes if the US commences a military offensive intended to establish control over any portion of "
        "Venezuela by January 31, 2026, 11:59 PM ET. Update of January 6: a raid alone is no invasion.",
        "RULE_CHANGED",
        Severity.CRITICAL,
        RuleContext(text_change=TextChange.RECENT),
    ),
    Famous(
        "shutdown, the law",
        "Will the government shutdown end by January 31?",
        "Resolves to Yes if the shutdown is over by January 31, 2026, 11:59 PM ET. Source: the OPM website.",
        "OFFICIAL_ACT_STAGES",
        Severity.MEDIUM,
    ),
    Famous(
        "shutdown, the series",
        "Will the government shutdown end by February 3?",
        "Resolves to Yes if the lapse in funding is over by February 3, 2026, 11:59 PM ET.",
        "REPEAT_DISPUTE_FAMILY",
        Severity.HIGH,
        RuleContext(family_disputed=True),
    ),
    Famous(
        "strategy, under dispute",
        "Strategy sells any Bitcoin by May 31?",
        "Resolves to Yes if the company sells coins by May 31, 2026, 11:59 PM ET, according to its SEC filings.",
        "ACTIVE_DISPUTE",
        Severity.CRITICAL,
        RuleContext(oracle_status="disputed", oracle_history=("proposed", "disputed")),
    ),
    Famous(
        "ufc",
        "Kape vs. Silva: who wins on points?",
        "Resolves to the fighter who is named the winner on the judges' scorecards of the bout on April 11, 2026, "
        "as read out in the arena at 11:00 PM ET.",
        "REVISION_RISK",
        Severity.MEDIUM,
    ),
    Famous(
        "box office",
        "Opening weekend of the film above $200m?",
        "Resolves by the domestic opening weekend gross shown on The Numbers, 3-day, once Monday, July 29, 2024, has "
        "come. Estimated actuals are shown there first.",
        "REVISION_RISK",
        Severity.MEDIUM,
    ),
    Famous(
        "ceasefire",
        "Israel x Hamas ceasefire by July 31?",
        "Resolves to Yes if there is a ceasefire between Israel and Hamas by July 31, 2025, 11:59 PM ET." + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "ceasefire, said but not done",
        "Israel x Hezbollah truce before December?",
        "Resolves to Yes if both sides officially announce that the fighting stops, between October 5 and November 30, "
        "2024, 11:59 PM ET, whatever happens afterwards.",
        "ANNOUNCEMENT_TRIGGER",
        Severity.MEDIUM,
    ),
    Famous(
        "ceasefire, the degree",
        "Russia x Ukraine ceasefire in 2025?",
        "Resolves to Yes if the fighting is effectively over along most of the front by December 31, 2025, 11:59 PM "
        "ET.",
        "SUBJECTIVE_STANDARD",
        Severity.MEDIUM,
    ),
    Famous(
        "cambodia",
        "Thailand strikes Cambodia by December 15?",
        "Resolves to Yes if Thailand strikes the soil of Cambodia by December 15, 2025, 11:59 PM ET." + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "fordow",
        "Fordow enrichment site destroyed before July?",
        "Resolves to Yes if the site was destroyed by a strike before July 1, 2025, 12:00 AM ET." + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "halftime guest",
        "Will Cardi B perform at the halftime show?",
        "Resolves to Yes if Cardi B performs during the halftime show of February 8, 2026, 11:59 PM ET." + CONSENSUS,
        "UNDEFINED_KEY_TERM",
        Severity.HIGH,
    ),
    Famous(
        "pronunciation",
        'Will the speaker say "Nvidia" on the call?',
        "Resolves to Yes if the listed term is said on the call. Any pronunciation counts; the transcript is no proof.",
        "MENTION_MECHANICS",
        Severity.MEDIUM,
    ),
    Famous(
        "leaderboard at noon",
        "Which company has the best model at the end of August?",
        "Resolves to the owner of the model that is first on the Chatbot Arena LLM Leaderboard when checked on August "
        "31, 2025, 12:00 PM ET.",
        "TAMPERABLE_SOURCE",
        Severity.HIGH,
    ),
    Famous(
        "grand prix cancelled",
        "Bahrain Grand Prix: pole position?",
        "Resolves to the driver on pole for the race of April 12, 2026. If the race is cancelled, it resolves 50-50.",
        "VOID_OR_POSTPONE",
        Severity.MEDIUM,
    ),
    Famous(
        "grand prix penalties",
        "Will Verstappen win the Italian Grand Prix?",
        "Resolves to Yes if he wins the race of September 1, 2024. The source is the official website of the series.",
        "RESULT_CAN_BE_CORRECTED",
        Severity.MEDIUM,
    ),
    Famous(
        "found today",
        "Will the president of Iran be found today?",
        "Resolves to Yes if the crew of the helicopter is found, dead or alive, in the next hours." + CONSENSUS,
        "RELATIVE_DEADLINE",
        Severity.MEDIUM,
    ),
    Famous(
        "baseball",
        "Astros vs. Dodgers",
        "The exchange may determine the winner at its sole discretion if the score of the game of July 5, 2025, 7:10 "
        "PM ET, is reported wrongly.",
        "PLATFORM_DISCRETION",
        Severity.MEDIUM,
    ),
    Famous(
        "late nominee",
        "Who will be the nominee?",
        "Resolves according to the person who is nominated by the party at its convention of August 22, 2024.",
        "NEGRISK_OTHER",
        Severity.MEDIUM,
        RuleContext(neg_risk=True, group_title="Other"),
    ),
    Famous(
        "grouped deadlines",
        "Will they meet by ...?",
        "Resolves to Yes if the two presidents shake hands by September 30, 2025, 11:59 PM ET.",
        "DEADLINE_MISMATCH",
        Severity.HIGH,
        RuleContext(group_title="August 31"),
    ),
    Famous(
        "richest",
        "Will he no longer be the richest person on June 30?",
        "Resolves by the list of the index of billionaires on June 30, 2025, 12:00 PM ET.",
        "NEGATED_OR_DOUBLE",
        Severity.LOW,
    ),
]

QUIET = [
    Quiet(
        "Fed decreases rates by 25 bps after the March 2026 meeting?",
        (
            "This market resolves to the change in basis points of the upper bound of the target federal "
            "funds rate after the "
            "FOMC meeting of March 17-18, 2026, 11:59 PM ET, rounded up to the nearest 25. The resolution "
            "source is the "
            "statement of the FOMC (https://www.federalreserve.gov/); a consensus of credible reporting may "
            "also be used."
        ),
    ),
    Quiet(
        "Will Arsenal win the 2025-26 English Premier League?",
        (
            'This market resolves to "Yes" if Arsenal wins the 2025-26 English Premier League. Otherwise, '
            '"No". If the league '
            "is cancelled or not completed by October 1, 2026, 11:59 PM ET, this market resolves to "
            '"Other". The primary '
            "resolution source is official information from the league; a consensus of credible reporting "
            "may also be used."
        ),
    ),
    Quiet(
        "Will US CPI rise by 0.3% in March?",
        (
            "This market resolves by the monthly change of the CPI-U, seasonally adjusted, as published by "
            "the Bureau of Labor "
            "Statistics for March 2026, to one decimal. Revisions made after the release will not be "
            "considered. If no data "
            "is published by May 31, 2026, 11:59 PM ET, this market resolves to No. Source: "
            "https://www.bls.gov/; another "
            "credible source is used if it is unavailable."
        ),
    ),
    Quiet(
        "Bucks vs. Raptors",
        (
            "In the upcoming NBA game, scheduled for November 4 at 7:30PM ET:\nIf the Bucks win, the market "
            "will resolve to "
            '"Bucks".\nIf the Raptors win, the market will resolve to "Raptors".\nIf the game is postponed, '
            "this market will "
            "remain open until the game has been completed.\nIf the game is canceled entirely, with no "
            "make-up game, this "
            "market will resolve 50-50."
        ),
    ),
    Quiet(
        "Spread: Casa Pia AC (-2.5)",
        (
            'This market will resolve to "Casa Pia AC" if Casa Pia AC win the game by 3 or more '
            "goals.\n\nOtherwise, this "
            'market will resolve to "CD Nacional".\n\nIf the game is canceled entirely, this market will '
            "resolve 50\u201350."
        ),
    ),
    Quiet(
        "Highest temperature in London on May 5?",
        (
            "This market resolves to the range that contains the highest temperature in degrees Celsius "
            "recorded at the "
            "station on May 5, 2026 (local time), in whole degrees. Source: https://www.wunderground.com/; if it is "
            "unavailable, another credible source may also be used. Revisions after that will not be considered."
        ),
    ),
    Quiet(
        "Will Inter win on 2026-02-28?",
        (
            'In the upcoming game, scheduled for February 28, 2026: if Inter wins, this market will resolve to "Yes". '
            'Otherwise, this market will resolve to "No". If the game is postponed, this market will remain open.'
        ),
    ),
    Quiet(
        "Will the film win Best Picture?",
        (
            "This market resolves according to the film that wins Best Picture at the 2026 ceremony. In "
            "case of a tie it "
            "resolves in favor of the title that comes first in alphabetical order. The resolution source "
            "is the broadcast "
            "of the ceremony; a consensus of credible reporting may also be used. Deadline: April 30, 2026, "
            "11:59 PM ET."
        ),
    ),
    Quiet(
        "Will the match between Spain and Serbia end in a draw?",
        "In the upcoming match, scheduled for October 15, 2024 at 2:45 PM ET: if it ends in a draw, this market will "
        'resolve to "Yes". Otherwise, this market will resolve to "No". It refers only to the first 90 minutes of '
        "regular play plus stoppage time. If the match is postponed, this market will remain open.",
    ),
    Quiet(
        "Bitcoin above $94,000 on January 3?",
        'This market resolves to "Yes" if the close price of the Binance 1-minute candle for BTCUSDT on January 3, '
        '2025, 12:00 PM ET, is above $94,000. Otherwise, "No". The resolution source is Binance, and not any other '
        "exchange; prices have the decimals shown there. Another source is used only if it is unavailable.",
    ),
    Quiet(
        "How many jobs were added in March?",
        "This market resolves by the change in total nonfarm payrolls for March 2026 as first published by the Bureau "
        "of Labor Statistics on April 3, 2026, 8:30 AM ET, rounded to thousands. Later revisions will not be "
        "considered. If it is not published by April 30, another official source may also be used.",
    ),
    Quiet(
        "Opening weekend of the film between $50m and $60m?",
        "This market resolves by the 3-day domestic opening weekend gross on The Numbers once the data is finalized. "
        "If it is exactly between two brackets, the higher bracket counts. Revisions made after May 5, 2026, 11:59 PM "
        "ET, will not be considered; if the site is unavailable, another credible source may also be used.",
    ),
    Quiet(
        "Alcaraz vs. Sinner",
        "In the upcoming tennis match, scheduled for June 8 at 9:00 AM ET: if Alcaraz wins, this market will resolve "
        "to "
        '"Alcaraz". If Sinner wins, it will resolve to "Sinner". If the match is cancelled or ends in a walkover, it '
        "resolves 50-50. If a player retires, the player who advances counts.",
    ),
    Quiet(
        "Will the Democrats win the Senate race in Ohio?",
        'This market resolves to "Yes" if a candidate of the Democratic Party wins the election of November 3, 2026. '
        'Otherwise, it resolves to "No". It resolves when the Associated Press, Fox and NBC have all called the race; '
        "if they have not by January 20, 2027, 11:59 PM ET, the certification by the state decides.",
    ),
    Quiet(
        "Games Total: O/U 2.5",
        'This market resolves to "Over" if the teams play 3 or more maps in the match scheduled for February 22 at '
        '1:00 PM ET. Otherwise, it resolves to "Under". If it is canceled or ends in a forfeit, it resolves 50-50.',
    ),
    Quiet(
        "Will Canada win the gold medal in women's ice hockey?",
        'This market resolves to "Yes" if Canada stands first at the medal ceremony. Subsequent disqualifications will '
        'not be considered. Otherwise, "No". Source: official information from the Olympic Committee; a consensus of '
        "credible reporting may also be used. The final is on February 19, 2026, 1:10 PM ET.",
    ),
    Quiet(
        "Will Verstappen win the Dutch Grand Prix?",
        'This market resolves to "Yes" if he wins by the final classification that the FIA publishes on the day of the '
        "race, August 30, 2026, 11:59 PM ET. Later penalties or disqualifications will not be considered. If the race "
        "is cancelled, it resolves to No. If the page of the FIA is unavailable, another source may also be used.",
    ),
    Quiet(
        "Will the Bank of England cut its rate in May?",
        "This market resolves to Yes if the Bank Rate announced after the meeting of May 7, 2026, 12:00 PM BST, is "
        "lower than before. Source: https://www.bankofengland.co.uk/; a consensus of credible reporting may also be "
        "used.",
    ),
    Quiet(
        "Largest company at the end of March?",
        "This market resolves to the company with the largest market capitalization at the close of trading on March "
        "31, 2026, 4:00 PM ET, rounded to billions. Source: https://companiesmarketcap.com/; if it is unavailable, "
        "another credible source will be used. In case of a tie, the first in alphabetical order counts.",
    ),
    Quiet(
        "Will the song be No. 1 on the Hot 100 of May 9?",
        "This market resolves to Yes if the song is first on the chart dated May 9, 2026, published by Billboard by "
        "11:59 PM ET of that week. Source: https://www.billboard.com/; credible reporting may also be used.",
    ),
    Quiet(
        "Will it snow in New York on December 24?",
        "This market resolves to Yes if the station in Central Park records a snowfall of at least 0.1 inches on "
        "December 24, 2025 (local time). Otherwise, No. Source: https://www.weather.gov/; if it is unavailable, "
        "another credible source may also be used. Corrections made after December 27 will not be considered.",
    ),
    Quiet(
        "Lakers vs. Celtics: 1H spread (-3.5)",
        'This market resolves to "Lakers" if they lead by 4 or more points at half-time of the game scheduled for '
        'March 8 at 8:30 PM ET. Otherwise, it resolves to "Celtics".',
    ),
    Quiet(
        "What will the unemployment rate be in June?",
        "This market resolves to the seasonally adjusted rate (U-3) for June 2026 as published by the Bureau of Labor "
        "Statistics, to one decimal, regardless of later revisions. The report is due on July 2, 2026, 8:30 AM ET. If "
        "it is not released by July 31, another official source decides.",
    ),
    Quiet(
        "Champions League winner?",
        "This market resolves according to the club that wins the final of May 30, 2026, 3:00 PM ET. If no winner is "
        'declared by July 31, 2026, it resolves to "Other". The primary resolution source is official information from '
        "UEFA; a consensus of credible reporting may also be used.",
    ),
    Quiet(
        "Solana above $170 on November 8?",
        'This market resolves to "Yes" if the Binance 1-minute candle for SOLUSDT at 12:00 PM ET on November 8, 2024, '
        'has a close price of $170.01 or higher. Otherwise, "No". Other exchanges or pairs are no sources.',
    ),
    Quiet(
        "Best actor of 2026?",
        "This market resolves according to the actor who is given the award at the ceremony of March 15, 2026, 7:00 PM "
        "ET. In case of a tie, the first name in alphabetical order counts. Source: the broadcast; a consensus of "
        "credible reporting may also be used.",
    ),
    Quiet(
        "Goals in the final: over 2.5?",
        "This market resolves to Over if 3 or more goals are scored in the final of July 19, 2026, 3:00 PM ET, within "
        "90 minutes of regular play plus stoppage time. If the game is postponed, this market will remain open.",
    ),
    Quiet(
        "Will the 10-year yield close above 4.5% on June 30?",
        "This market resolves to Yes if the par yield published by the Treasury for June 30, 2026, 6:00 PM ET, is "
        "4.51% or higher, in two decimals. If the page is unavailable, another credible source may also be used.",
    ),
    Quiet(
        "Next prime minister of Norway: the leader of the largest party?",
        "This market resolves to Yes if that person is appointed by the King, for any reason and after any election, "
        "by December 31, 2025, 11:59 PM CET. Otherwise, No. Source: https://www.regjeringen.no/; a consensus of "
        "credible reporting may also be used.",
    ),
    Quiet(
        "Rocket in May?",
        "Resolves to Yes if the rocket has left the pad between May 1 and May 31, 2026, 11:59 PM ET. Otherwise, this "
        "market will resolve to No. Credible reporting may also be used. A scrubbed countdown will not qualify.",
    ),
    Quiet(
        "Powerball jackpot drawn on March 4?",
        "This market resolves to Yes if a ticket wins the jackpot of the drawing of March 4, 2026, 10:59 PM ET. "
        "Source: https://www.powerball.com/; if it is unavailable, another credible source may also be used.",
    ),
    Quiet(
        "Yankees vs. Mets",
        "In the upcoming MLB game, scheduled for May 15 at 7:05 PM ET: if the Yankees win, this market will resolve to "
        '"Yankees". If the Mets win, it will resolve to "Mets". If the game is postponed, this market will remain open '
        "until it has been completed. If it is canceled entirely, it resolves 50-50.",
    ),
    Quiet(
        "S&P 500 up or down on June 5?",
        'This market resolves to "Up" if the official closing price of the index on June 5, 2026, 4:00 PM ET, is '
        'higher than that of the day before, and to "Down" if it is lower. If they are equal, it resolves 50-50. '
        "Source: the Wall "
        "Street Journal; another credible source may also be used.",
    ),
    Quiet(
        "Will the Liberal Party win the most seats?",
        "This market resolves to Yes if the party wins more seats than any other in the election of April 28, 2025. A "
        "tie resolves by alphabetical order. Source: official information from the government; a consensus of credible "
        "reporting may also be used. Deadline: October 31, 2025, 11:59 PM ET.",
    ),
    Quiet(
        "Will Arsenal keep a clean sheet on March 14?",
        "This market resolves to Yes if no goal is scored against Arsenal in the match of March 14, 2026, 12:30 PM ET, "
        "within 90 minutes of regular play plus stoppage time. If the match is postponed, this market will remain "
        "open.",
    ),
    Quiet(
        "Gas price in California on May 31?",
        "This market resolves to the range that holds the average price of regular gas shown by AAA for May 31, 2026, "
        "12:00 PM ET, in three decimals. A price exactly between two ranges counts for the higher range. If the page "
        "is unavailable, another credible source may also be used.",
    ),
    Quiet(
        "Ethereum dips to $2,000 in May?",
        "This market resolves to Yes if any Binance 1-minute candle for ETHUSDT between May 1, 12:00 AM ET and May 31, "
        "2026, 11:59 PM ET has a low price equal to or below $2,000. Otherwise, No. Other exchanges are no sources.",
    ),
    Quiet(
        "Exact score: Inter 2 - 1 Milan?",
        "This market resolves to Yes if Inter scores exactly 2 goals and Milan exactly 1 in the match scheduled for "
        "March 8 at 2:45 PM ET, within 90 minutes of regular play plus stoppage time. Otherwise, No.",
    ),
    Quiet(
        "Which party wins the House?",
        "This market resolves to the party that has control of the House of Representatives after the election of "
        "November 3, 2026. Control is defined as more than half of the seats. Source: the Associated Press, Fox and "
        "NBC.",
    ),
    Quiet(
        "Men's 100 m: gold for the United States?",
        "This market resolves to Yes if a runner of the team is first in the final of August 5, 2028, 9:50 PM ET. "
        "Changes made after the medal ceremony will not be considered. Source: official information from the "
        "organizers; a consensus of credible reporting may also be used.",
    ),
    Quiet(
        "How many named storms in 2026?",
        "This market resolves to the number of named storms in the Atlantic between January 1 and November 30, 2026, "
        "11:59 PM ET, according to the National Hurricane Center (https://www.nhc.noaa.gov/). If the page is "
        "unavailable, another credible source may also be used.",
    ),
]
