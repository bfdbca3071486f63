#!/usr/bin/env python3
"""What injections add to one forward pass of Stable Audio Open small's DiT, at full width, with random weights.

With and without positions in turn, in one process: the median of each, the quartiles of the ratio of neighbours, and
the ratio of floating-point operations, which does not depend on what else the machine does.

    python scripts/injection_cost.py --out evals/results/injection_cost.json
    python scripts/injection_cost.py --batch 4 --repeats 5
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np


def main() -> None:
    """Measure and write the record."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from foleydesigner.generator.dit.backbones import stable_audio_backbone
    from foleydesigner.generator.dit.config import InjectionConfig
    from foleydesigner.generator.dit.configs import stable_audio_open_small
    from foleydesigner.generator.dit.model import InjectedDiT
    from foleydesigner.generator.dit.positions import FramePositions
    from foleydesigner.generator.dit.stable_audio import quiet

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    config = stable_audio_open_small()
    frames = config["sample_size"] // config["model"]["pretransform"]["config"]["downsampling_ratio"]
    config["model"] |= {"pretransform": None, "conditioning": None}  # only the denoiser is measured
    with quiet():
        from stable_audio_tools.models.factory import create_model_from_config

        model = create_model_from_config(config).eval()
    backbone = stable_audio_backbone(model)
    injected = InjectedDiT(backbone, InjectionConfig()).eval()
    still = np.ones(12 * 24, np.float32)
    one = FramePositions(azimuth_deg=20 * still, depth_m=3 * still, activation=still, frame_rate_hz=24.0)
    noise, level = torch.randn(options.batch, 64, frames), torch.full((options.batch,), 0.5)
    said = {
        "cross_attn_cond": torch.randn(options.batch, 65, 768),
        "global_cond": torch.randn(options.batch, 768),
        "use_checkpointing": False,
    }
    seconds = {"base": [], "injected": []}
    with torch.inference_mode():
        for _ in range(options.repeats + 2):
            for name, taken in seconds.items():
                begin = time.perf_counter()
                where = injected.encoder.encode([one] * options.batch, frames, 44100 / 2048) if name != "base" else None
                injected(noise, level, position=where, **said)
                taken.append(time.perf_counter() - begin)
        flops = {}
        for name in seconds:
            with FlopCounterMode(display=False) as counter:
                where = injected.encoder.encode([one] * options.batch, frames, 44100 / 2048) if name != "base" else None
                injected(noise, level, position=where, **said)
            flops[name] = counter.get_total_flops()
    base, with_it = (times[2:] for times in seconds.values())
    ratios = [b / a for a, b in zip(base, with_it, strict=True)]
    own = sum(p.numel() for p in injected.own_parameters())
    record = {
        "command": f"python scripts/injection_cost.py --batch {options.batch} --repeats {options.repeats}",
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "latent_frames": frames,
        "batch": options.batch,
        "base_s": statistics.median(base),
        "injected_s": statistics.median(with_it),
        "ratio": statistics.median(ratios),
        "flops_ratio": flops["injected"] / flops["base"],
        "ratio_quartiles": statistics.quantiles(ratios, n=4)[::2],
        "parameters_base": sum(p.numel() for p in injected.base.parameters()),
        "parameters_injection": own,
    }
    print(json.dumps(record, indent=2))
    if options.out:
        options.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
