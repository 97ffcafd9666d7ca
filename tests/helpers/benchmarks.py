"""Files of Snakemake's benchmarks."""

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def benchmark(path, seconds, memory="500.0"):
    """A benchmark file of one job with these seconds and MB; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + f"{seconds}\t0:00:10\t{memory}\t1\t1\t1\t0\t0\t90\t9\n")
    return path
