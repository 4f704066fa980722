"""How Bombcell computes each metric that a rule reads, who described it, when to distrust it.

Source: bombcell 0.94 (``quality_metrics.py``, ``extract_raw_waveforms.py``); the guide's page of
rules is written from this, :data:`~bcviewer.core.rules.metrics.METRICS` and
:data:`~bcviewer.core.rules.rules.RULES` by :mod:`bcviewer.core.rules.rules_page`.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCES: dict[str, tuple[str, str]] = {
    "Bombcell": ("Fabre et al. 2023", "https://doi.org/10.5281/zenodo.8172821"),
    "Hill": ("Hill et al. 2011", "https://doi.org/10.1523/JNEUROSCI.0971-11.2011"),
    "Llobet": ("Llobet et al. 2022", "https://doi.org/10.1101/2022.02.08.479192"),
    "IBL": ("International Brain Laboratory 2025", "https://doi.org/10.7554/eLife.100840"),
    "Deligkaris": ("Deligkaris et al. 2016", "https://doi.org/10.3389/fnins.2016.00421"),
    "Siegle": ("Siegle et al. 2021", "https://doi.org/10.1038/s41586-020-03171-x"),
    "Schmitzer": (
        "Schmitzer-Torbert et al. 2005",
        "https://doi.org/10.1016/j.neuroscience.2004.09.066",
    ),
}
"""Author and year of each source, and its address."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What is told of a metric beside what :class:`~bcviewer.core.rules.metric.Metric` has.

    Attributes
    ----------
    formula : str
        How it is computed, in words and signs.
    sources : tuple of str
        Keys of :data:`SOURCES`.
    distrust : tuple of str
        When its rule says something else than it seems to.
    seen_in : tuple of str
        Ids of the docks that show it.
    """

    formula: str
    sources: tuple[str, ...]
    distrust: tuple[str, ...]
    seen_in: tuple[str, ...]


_RATIO = "Where the trough is 0 the ratio is infinite: it fails or passes, and has no margin."
_TEMPLATE = (
    "It is measured on Kilosort's template, not on raw spikes: a template that is cut short or"
    " made of two neurons has odd peaks. Look at the raw waveform beside it."
)
_RAW_MEAN = (
    "It is measured on the mean of a few raw spikes (`nRawSpikesToExtract`, by default 100): of a"
    " unit that drifts the mean is smaller than its spikes."
)

EXPLAINED: dict[str, Explained] = {
    "nPeaks": Explained(
        "Number of peaks of the template on its peak channel whose prominence is at least"
        " `minThreshDetectPeaksTroughs` (0.2) × the largest absolute value. The first 4 samples"
        " are left out (24 of a template of 82).",
        ("Bombcell",),
        (
            "A missing value makes a unit NOISE: units of 1 to 49 spikes have no metrics at all.",
            "A count has no measurement error: it fails, but has no part in steps to GOOD.",
            _TEMPLATE,
        ),
        ("waveform",),
    ),
    "nTroughs": Explained(
        "Number of troughs, found as peaks are in the waveform turned upside down; where none is"
        " found the minimum is one.",
        ("Bombcell",),
        (
            (
                "With the default limit of 1 every GOOD unit has exactly one trough; a small second"
                " one before or after the spike is enough to be NOISE."
            ),
            _TEMPLATE,
        ),
        ("waveform",),
    ),
    "waveformDuration_peakTrough": Explained(
        "10⁶ × |sample of the trough − sample of the peak| ÷ sample rate. One of the two is where"
        " the absolute value is largest, the other the opposite extreme after it.",
        ("Bombcell",),
        ("It moves in whole samples (33 µs at 30 kHz): one sample is one step.", _TEMPLATE),
        ("waveform",),
    ),
    "spatialDecaySlope": Explained(
        "Largest absolute value of the template on the channels nearest to the peak channel (within"
        " 33 µm of it across the probe) against distance d, divided by the largest of them"
        " (`normalizeSpDecay`). Exponential: the fit A × exp(−s × d) on 10 channels, whose s is"
        " the value. Linear (`spDecayLinFit`): minus the slope of a line through 6 channels.",
        ("Bombcell",),
        (
            (
                "The linear and the exponential slope are two measurements: the saved value is of"
                " the one that was on."
            ),
            (
                "With the linear fit a falling amplitude has a value above 0, and the default limit"
                " is −0.008: only amplitudes that grow with distance fail."
            ),
            "Where rows of sites are 30 µm apart or more Bombcell does not compute it.",
            "At the edge of a probe, or beside dead channels, few channels are on one side only.",
        ),
        ("decay",),
    ),
    "waveformBaselineFlatness": Explained(
        "max |waveform before the spike| ÷ max |waveform|, on the template's peak channel.",
        ("Bombcell",),
        ("A slow peak before the trough reaches into the baseline's window.", _TEMPLATE),
        ("waveform",),
    ),
    "scndPeakToTroughRatio": Explained(
        "Size of the largest peak after the trough ÷ size of the trough.",
        ("Bombcell",),
        (
            (
                "Its default limit (0.8) is that of the non-somatic rule about the largest peak,"
                " which is never smaller: relaxing this one alone turns NOISE into NON-SOMA, never"
                " into GOOD."
            ),
            _RATIO,
        ),
        ("waveform",),
    ),
    "mainPeakToTroughRatio": Explained(
        "Size of the larger of the peaks before and after the trough ÷ size of the trough.",
        ("Bombcell", "Deligkaris"),
        (
            "This rule alone makes a unit NON-SOMA, whatever the other four say.",
            "NON-SOMA hides whether the unit is otherwise GOOD or MUA: see column `split_label`.",
            _RATIO,
        ),
        ("waveform",),
    ),
    "peak1ToPeak2Ratio": Explained(
        "Size of the largest peak before the trough ÷ size of the largest peak after it.",
        ("Bombcell", "Deligkaris"),
        ("It counts only together with the other three of the four-way branch.", _RATIO),
        ("waveform",),
    ),
    "troughToPeak2Ratio": Explained(
        "Size of the trough ÷ size of the largest peak before it.",
        ("Bombcell", "Deligkaris"),
        ("It counts only together with the other three of the four-way branch.",),
        ("waveform",),
    ),
    "mainPeak_before_width": Explained(
        "Width, at half of its prominence, of the most prominent peak before the trough.",
        ("Bombcell", "Deligkaris"),
        (
            (
                "A third of all units has no such peak, so no width: there the four-way branch"
                " cannot fire, and the rule is *missing*, not passed."
            ),
            "It is in samples: at another sample rate the limit means another time.",
        ),
        ("waveform",),
    ),
    "mainTrough_width": Explained(
        "Width, at half of its prominence, of the most prominent trough.",
        ("Bombcell", "Deligkaris"),
        ("It is in samples: at another sample rate the limit means another time.",),
        ("waveform",),
    ),
    "percentageSpikesMissing_gaussian": Explained(
        "The amplitudes' histogram (50 bins) is fitted by a Gaussian that is 0 below a cut c:"
        " A × exp(−(x − µ)² ÷ 2σ²). Missing is 100 × (1 − Φ((µ − c) ÷ σ)); the mean over the time"
        " chunks.",
        ("Bombcell",),
        (
            "Amplitudes that drift, or of two neurons, are no Gaussian: the fit is of a mixture.",
            "With `computeTimeChunks` its limit also chooses the kept time, and so every metric.",
        ),
        ("amplitude_fit", "amplitudes"),
    ),
    "nSpikes": Explained(
        "Number of spikes in the kept time, duplicates taken away where that is on.",
        ("Bombcell",),
        ("A rare neuron is not a bad one: the rule is about how well the others can be measured.",),
        ("amplitudes",),
    ),
    "fractionRPVs_estimatedTauR": Explained(
        "Sliding method (`ibl_sliding`, the default): for refractory periods τR and"
        " contaminations C of 0.5, 1, … 35 %, the pairs of spikes with τC ≤ Δt < τR are compared"
        " with 2 × (τR − τC) ÷ D × Nc × (Nb + (Nc − 1) ÷ 2), where Nc = C × N, Nb = (1 − C) × N and"
        " D is the duration without the censored time. The value is the smallest C at which a"
        " Poisson count would exceed the observed one with 90 % probability, at the best τR; 1.0"
        " where no C is. Older: `hill` solves 2 × (τR − τC) × N² × C × (1 − C) = violations × the"
        " whole duration; `llobet` takes 1 − √(1 − violations × D ÷ (N² × (τR − τC))).",
        ("IBL", "Llobet", "Hill"),
        (
            "It is an upper bound, not an estimate: with few spikes a clean neuron has 1.0.",
            (
                "Read `RPV_status`: 1 shown clean, −1 not shown clean although there were enough"
                " spikes, 0 too few spikes to say. Not shown clean is not the same as contaminated."
            ),
            "The status is of the limit that the run had; under another limit it is asked anew.",
            (
                "The best of many refractory periods counts: at a true contamination equal to the"
                " limit one unit in five passes."
            ),
            "Values of different methods cannot be compared.",
        ),
        ("contamination", "correlogram", "isi"),
    ),
    "presenceRatio": Explained(
        "The kept time is cut into bins (`presenceRatioBinSize`, 60 s). A bin counts where it has a"
        " spike, and at least 5 % of the 90th percentile of the bins' counts. Counted bins ÷ bins.",
        ("Siegle", "Bombcell"),
        (
            "It is relative to the kept time: see column `kept_fraction`.",
            (
                "A neuron that fires in one part of a task only is absent from the others, and is"
                " real."
            ),
            "A short recording has few bins: at 10 bins 0.7 is 7 of 10.",
        ),
        ("amplitudes",),
    ),
    "rawAmplitude": Explained(
        "(|max| + |min|) of the mean raw waveform on its peak channel, × the gain in µV.",
        ("Bombcell",),
        (
            "A wrong gain scales all units alike: look whether most units fail.",
            "Where it has no value Bombcell tests neither amplitude nor SNR.",
            _RAW_MEAN,
        ),
        ("raw", "waveform"),
    ),
    "signalToNoiseRatio": Explained(
        "max |mean raw waveform| on its peak channel ÷ the median absolute deviation of the"
        " baseline's samples there.",
        ("Bombcell",),
        (
            (
                "The noise is a median absolute deviation, two thirds of a standard deviation where"
                " noise is Gaussian: values are larger than those of other programs."
            ),
            (
                "Run again without the raw file, Bombcell takes it from waveforms that it saved"
                " before, by their place: after merges and splits in phy it may be another unit's."
            ),
            _RAW_MEAN,
        ),
        ("raw", "waveform"),
    ),
    "maxDriftEstimate": Explained(
        "A spike's depth is the mean of its channels' depths, weighted by the squared first"
        " principal component. The largest minus the smallest median depth of bins of"
        " `driftBinSize` (60 s).",
        ("Siegle", "Bombcell"),
        (
            "After Kilosort 4's registration it is what the registration left.",
            "One bin with few spikes is enough for a large value: it is a range, not a spread.",
            (
                "A negative first component counts as 0, a spike without a positive one as of depth"
                " 0, wherever the probe is: on sorts of Kilosort 4 that may be most of them, and"
                " drift is then exactly 0, or far too large."
            ),
            "Without `pc_features.npy` it is not computed, and its rule is not tested.",
        ),
        ("drift",),
    ),
    "isolationDistance": Explained(
        "Squared Mahalanobis distance from the unit, in principal components of `nChannelsIsoDist`"
        " (4) channels, of a spike of another unit: of the one after the n nearest, where n is the"
        " number of the unit's own spikes.",
        ("Schmitzer", "Bombcell"),
        (
            "Missing where other units have fewer spikes nearby than the unit itself.",
            (
                "It grows with the number of channels and falls with that of neighbours: values of"
                " two recordings cannot be compared."
            ),
        ),
        ("similar", "pair"),
    ),
    "Lratio": Explained(
        "Sum over other units' spikes of 1 − χ²(d²), d the same distance, with 3 × 4 degrees of"
        " freedom, ÷ the number of the unit's spikes.",
        ("Schmitzer", "Bombcell"),
        (
            "It takes the unit's spikes for Gaussian; a bursting or drifting neuron is not.",
            "A unit that was split by the sorter has its own other half as nearest neighbour.",
        ),
        ("similar", "pair"),
    ),
}
"""By metric, each one that a rule reads."""
