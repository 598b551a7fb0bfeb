"""What samna's documented objects look like, recording what is done to them."""

from types import SimpleNamespace

from ohmloom.circuits.dynapse.parameters import (
    SE1_PARAMETERS,
    SE2_GLOBAL_PARAMETERS,
    SE2_PARAMETERS,
    SE2_SHARED_PARAMETERS,
)


class Record:
    """An object whose attributes may be set, no others than it has."""

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __setattr__(self, name, value):
        if name not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no field {name}")
        self.__dict__[name] = value


def codes(names):
    return {name: Record(coarse_value=0, fine_value=0, type="N") for name in names}


class CopyingList(list):
    """A list of a compiled object: entries cannot be assigned."""

    def __setitem__(self, *_):
        raise AssertionError("entries of samna's lists do not stick; assign the whole list")


class Synapse2(Record):
    def __init__(self):
        super().__init__(tag=0, weight=[False] * 4, dendrite=0, stp=False, precise_delay=False,
                         mismatched_delay=False)  # fmt: skip


class Destination2(Record):
    def __init__(self):
        super().__init__(core=[False] * 4, x_hop=0, y_hop=0, tag=0)


class Neuron2(Record):
    def __init__(self):
        latches = ("so_dc", "so_adaptation", "soif_kill", "soif_type", "denm_nmda", "deam_ampa",
                   "deam_alpha", "denm_alpha", "de_conductance", "de_mux", "coho_ca_mem",
                   "ho_enable", "ho_active", "ho_so_de")  # fmt: skip
        super().__init__(
            synapses=CopyingList(), destinations=CopyingList(),
            **{f"latch_{name}": False for name in latches},
        )  # fmt: skip


class Core2(Record):
    def __init__(self):
        super().__init__(neurons=[Neuron2() for _ in range(256)], parameters=codes(SE2_PARAMETERS),
                         neuron_monitoring_on=False, monitored_neuron=0)  # fmt: skip


class Chip2(Record):
    def __init__(self):
        super().__init__(
            cores=[Core2() for _ in range(4)],
            global_parameters=codes(SE2_GLOBAL_PARAMETERS),
            shared_parameters01=codes(SE2_SHARED_PARAMETERS),
            shared_parameters23=codes(SE2_SHARED_PARAMETERS),
        )


class Configuration2(Record):
    def __init__(self):
        super().__init__(chips=[Chip2()])


class Event2(Record):
    def __init__(self):
        super().__init__(event=None, timestamp=0)


class Model2:
    def __init__(self, calls):
        self.calls = calls

    def reset(self, kind, mask):
        self.calls.append(("reset", kind, mask))

    def apply_configuration(self, configuration):
        self.calls.append(("apply", configuration))

    def clear_error_queue(self):
        self.calls.append(("clear",))


class Board2:
    """Answers as a board does; `replies` are spikes of a run, as (time, chip, tag)."""

    def __init__(self, replies=(), *, answers=True, chips=1):
        self.calls, self.replies, self.answers, self.chips = [], replies, answers, chips
        self.waiting = []

    def configure_opal_kelly(self, bitfile):
        self.calls.append(("bitfile", bitfile))
        return bitfile != "wrong"

    def reset_fpga(self):
        self.calls.append(("reset_fpga",))

    def get_model(self):
        self.model = Model2(self.calls)
        return self.model

    def get_number_of_chips(self):
        return self.chips

    def input_interface_write_events(self, which, events):
        self.calls.append(("echo", which, events))
        if self.answers != "silent":
            self.waiting.append(reply(5_000_000, -1, -1, events[0].event.tag))

    def grid_bus_write_events(self, events):
        self.calls.append(("events", events))
        start = 5_000_000 + 100_000
        for time, chip, tag in self.replies:
            self.waiting.append(reply(start + time, chip - 6, 0, tag))
        if self.answers is True:
            self.waiting.append(reply(events[-1].timestamp, -1, -1, 2047))

    def read_events(self):
        found, self.waiting = self.waiting, []
        return found


def reply(timestamp, x_hop, y_hop, tag):
    event, target = Event2(), Destination2()
    target.x_hop, target.y_hop, target.tag = x_hop, y_hop, tag
    event.event, event.timestamp = target, timestamp
    return event


class Synapse1(Record):
    def __init__(self):
        super().__init__(listen_core_id=0, listen_neuron_id=0, syn_type=2)


class Destination1(Record):
    def __init__(self):
        super().__init__(target_chip_id=0, in_use=False, virtual_core_id=0, core_mask=0, sx=False,
                         sy=False, dx=0, dy=0)  # fmt: skip


class Configuration1(Record):
    def __init__(self):
        super().__init__(chips=[
            Record(cores=[
                Record(
                    parameter_group=Record(param_map=codes(SE1_PARAMETERS)),
                    neurons=[
                        Record(synapses=[Synapse1() for _ in range(64)],
                               destinations=[Destination1() for _ in range(4)])
                        for _ in range(256)
                    ],
                ) for _ in range(4)
            ]) for _ in range(4)
        ])  # fmt: skip


class SpikeEvent1(Record):
    def __init__(self):
        super().__init__(core_mask=0, target_chip=0, neuron_id=0, isi=0)


class Sink1:
    events = ()

    def __init__(self):
        self.calls = 0

    def get_events(self):
        self.calls += 1
        return [] if self.calls == 1 else list(Sink1.events)


class Graph1:
    def __init__(self):
        Graph1.nodes = None

    def sequential(self, nodes):
        Graph1.nodes = nodes

    def start(self):
        pass

    def stop(self):
        pass


class Generator1:
    def __init__(self, calls):
        self.calls = calls

    def __getattr__(self, name):
        return lambda *arguments: self.calls.append((name, *arguments))


class Model1:
    def __init__(self):
        self.calls = []

    def apply_configuration(self, configuration):
        self.calls.append(("apply", configuration))

    def get_fpga_spike_gen(self):
        return Generator1(self.calls)

    def get_source_node(self):
        return "source"


samna = SimpleNamespace(
    dynapse2=SimpleNamespace(
        Dynapse2Configuration=Configuration2, Dynapse2Chip=Chip2, Dynapse2Synapse=Synapse2,
        Dynapse2Destination=Destination2, Dendrite=lambda number: ("dendrite", number),
        NormalGridEvent=Event2, ResetType=SimpleNamespace(PowerCycle="power cycle"),
    ),
    dynapse1=SimpleNamespace(
        Dynapse1Configuration=Configuration1, Dynapse1SynType=lambda number: ("type", number),
        FpgaSpikeEvent=SpikeEvent1,
    ),
    graph=SimpleNamespace(EventFilterGraph=Graph1),
    BasicSinkNode_dynapse1_dynapse1_event=Sink1,
)  # fmt: skip
