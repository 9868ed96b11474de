from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edgebench.models.tflite.arena import ALIGNMENT_BYTES, Lifetime, plan_arena

lifetimes = st.lists(
    st.builds(
        lambda size, first, length: Lifetime(size, first, first + length),
        st.integers(1, 5000),
        st.integers(0, 12),
        st.integers(0, 5),
    ),
    max_size=20,
)


def aligned(size: int) -> int:
    return -(-size // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


@given(lifetimes)
def test_the_arena_holds_what_lives_at_once_and_no_more_than_everything(
    each: list[Lifetime],
) -> None:
    ops = range(20)
    at_once = [
        sum(aligned(x.size_bytes) for x in each if x.first_op <= i <= x.last_op) for i in ops
    ]
    assert max(at_once) <= plan_arena(each) <= sum(aligned(x.size_bytes) for x in each)


def test_tensors_that_never_meet_share_their_place() -> None:
    assert plan_arena([Lifetime(100, 0, 1), Lifetime(100, 2, 3)]) == 112
