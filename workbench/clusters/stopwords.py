"""Words that carry a sentence but name nothing; what a cluster's name neither begins nor ends with.

English, since most exports are; in other languages the class-based weighting does the same work less well.
Negations are kept apart: they may begin a name, for what is not working is the point.
"""

NEGATIONS: frozenset[str] = frozenset(
    "no not never none cannot can't cant won't wont don't dont doesn't doesnt didn't didnt isn't isnt wasn't wasnt "
    "haven't havent hasn't hasnt aren't arent couldn't couldnt wouldn't wouldnt without unable nothing neither "
    "nor".split()
)

STOPWORDS: frozenset[str] = frozenset(
    """ a about above actually after again all already also although always am an and another any anybody anyone
    anything anyway are around as ask asked asking at away back be became because been before being below best better
    between both bit but by came can come comes coming could d dear did do does doing done down each either else even
    ever every everyone everything exactly few find first for from further get gets getting give given gives go goes
    going gone gonna good got gotten guess guys had happen happened happening happens has have having he hello help
    helping her here hers hey hi him his hopefully how however i i'd i'll i'm i've id if ill im in into is it it'd
    it'll it's its itself ive just keep keeps kind kindly know knows last least less let let's lets like likely ll lot
    made make makes making many may maybe me mean means might mine more most much must my myself near need needed
    needing needs next now of off ok okay on once one ones only onto or other others our ours out over own per perhaps
    please pls possible put quite rather re really right s said same say saying says see seem seems seen sent several
    shall she should simply since so some somebody someone something somewhere soon sorry still stuff such sure t take
    takes taking tell than thank thanks that that's thats the their theirs them then there there's theres these they
    they're thing things think this those though thought through till to today told too took toward tried try trying u
    under until up upon ur us use used using ve very via wanna want wanted wanting wants was way we we'd we'll we're
    we've well went were what what's whats when whenever where whether which while who whole whom whose why will wish
    with within wonder wondering would y yes yet you you'd you'll you're you've your yours yourself amp don doesn didn
    isn wasn haven hasn couldn wouldn
    """.split()
)

PARTICLES: frozenset[str] = frozenset("up off out back in".split())
"""Fillers that may end a name, since a verb and its particle are one word in two: top up, log in, call back."""

CLUMSY: frozenset[str] = frozenset("do does did am shall could would should".split())
"""A phrase that runs over one of these is half a question and reads badly."""
