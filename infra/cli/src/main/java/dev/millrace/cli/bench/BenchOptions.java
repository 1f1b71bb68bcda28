package dev.millrace.cli.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a person may choose of a benchmark.
 *
 * @param corpus a collection, for those that want one
 * @param steps whether {@code retrieval} measures the pipeline's steps
 * @param seeds of the runs of {@code loop}
 * @param large whether {@code publication} also measures a model of 1 GB
 */
public record BenchOptions(Optional<Path> corpus, boolean steps, List<Long> seeds, boolean large) {}
