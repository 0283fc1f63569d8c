"""Human supervision: a person has the last word, on exactly what will happen (floor 5)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.supervision._async import AsyncHolds
    from gardefou.supervision._break_glass import BreakGlass
    from gardefou.supervision._call import (
        Before,
        Opening,
        StoredCall,
        challenge,
        opening,
        replay_key,
    )
    from gardefou.supervision._clock import monotonic_us
    from gardefou.supervision._core import Verifier
    from gardefou.supervision._counter import (
        Answer,
        GlassCloseRequest,
        GlassUseRequest,
        Request,
        ResumeRequest,
        StopRequest,
        VoteRequest,
        carry_out,
        hand_in,
    )
    from gardefou.supervision._edit import Edited, StandingGrant
    from gardefou.supervision._face import Shown
    from gardefou.supervision._glass import GlassBallot
    from gardefou.supervision._glass_read import (
        Glass,
        GlassUse,
        GlassView,
        Scope,
        glass_challenge,
    )
    from gardefou.supervision._holds import Holds
    from gardefou.supervision._looking import Glance, Looking
    from gardefou.supervision._model import Ask, Cast, Channel, Hold, State, Vote
    from gardefou.supervision._notices import Notice, Notify, nobody
    from gardefou.supervision._people import Directory
    from gardefou.supervision._redeem import Grant
    from gardefou.supervision._refusals import STATUS, Refused
    from gardefou.supervision._stops import Stop, stop_scope
    from gardefou.supervision._tick import Ticked
    from gardefou.supervision._tools import ToolsAct, ToolVerdict
    from gardefou.supervision._view import Changed, HoldView, Seat, VoteView
    from gardefou.supervision._vote import Ballot

__all__ = [
    "STATUS",
    "Answer",
    "Ask",
    "AsyncHolds",
    "Ballot",
    "Before",
    "BreakGlass",
    "Cast",
    "Changed",
    "Channel",
    "Directory",
    "Edited",
    "Glance",
    "Glass",
    "GlassBallot",
    "GlassCloseRequest",
    "GlassUse",
    "GlassUseRequest",
    "GlassView",
    "Grant",
    "Hold",
    "HoldView",
    "Holds",
    "Looking",
    "Notice",
    "Notify",
    "Opening",
    "Refused",
    "Request",
    "ResumeRequest",
    "Scope",
    "Seat",
    "Shown",
    "StandingGrant",
    "State",
    "Stop",
    "StopRequest",
    "StoredCall",
    "Ticked",
    "ToolVerdict",
    "ToolsAct",
    "Verifier",
    "Vote",
    "VoteRequest",
    "VoteView",
    "carry_out",
    "challenge",
    "glass_challenge",
    "hand_in",
    "monotonic_us",
    "nobody",
    "opening",
    "replay_key",
    "stop_scope",
]

__getattr__ = on_demand(
    __name__,
    {
        "_async": ("AsyncHolds",),
        "_break_glass": ("BreakGlass",),
        "_call": ("Before", "Opening", "StoredCall", "challenge", "opening", "replay_key"),
        "_clock": ("monotonic_us",),
        "_core": ("Verifier",),
        "_counter": (
            "Answer",
            "GlassCloseRequest",
            "GlassUseRequest",
            "Request",
            "ResumeRequest",
            "StopRequest",
            "VoteRequest",
            "carry_out",
            "hand_in",
        ),
        "_edit": ("Edited", "StandingGrant"),
        "_face": ("Shown",),
        "_glass": ("GlassBallot",),
        "_glass_read": ("Glass", "GlassUse", "GlassView", "Scope", "glass_challenge"),
        "_holds": ("Holds",),
        "_looking": ("Glance", "Looking"),
        "_model": ("Ask", "Cast", "Channel", "Hold", "State", "Vote"),
        "_notices": ("Notice", "Notify", "nobody"),
        "_people": ("Directory",),
        "_redeem": ("Grant",),
        "_refusals": ("STATUS", "Refused"),
        "_stops": ("Stop", "stop_scope"),
        "_tick": ("Ticked",),
        "_tools": ("ToolVerdict", "ToolsAct"),
        "_view": ("Changed", "HoldView", "Seat", "VoteView"),
        "_vote": ("Ballot",),
    },
)
