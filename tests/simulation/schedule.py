"""One schedule: clients in a world, determined by a seed, and the check at the end."""

from random import Random

from frontdesk.usecases.audit import sweep
from tests.simulation.checker import Checker
from tests.simulation.clients import PROFILES, Clients, shop
from tests.simulation.world import Clock, World


def run(seed: int, profile: str | None = None) -> tuple[World, Clients]:
    """Runs a schedule. Raises Violation, and any exception of a client that is not a refusal. Without a `profile`, the seed selects one."""
    name = profile or Random(seed).choice(list(PROFILES))
    clients_of, weather = PROFILES[name]
    world = World(f"{name} {seed}", weather, shop())
    clients = Clients(world)
    with world.in_charge():
        world.run(clients_of(clients))
        # Much later, after every deadline.
        world.now += 2 * 3600
        sweep(world.store, Clock(world))
    Checker(world.engine, clients.calls).check()
    return world, clients
