package dev.millrace.ingest.source;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/**
 * Which files of a folder are documents. A glob without a slash is held against the file's name,
 * one with a slash against its path below the root; exclusion wins, and no inclusion means all.
 */
public final class Globs {

  /** Takes everything. */
  public static final Globs ALL = new Globs(List.of(), List.of());

  private record Glob(PathMatcher matcher, boolean wholePath) {

    static Glob of(String pattern) {
      try {
        return new Glob(
            FileSystems.getDefault().getPathMatcher("glob:" + pattern), pattern.contains("/"));
      } catch (PatternSyntaxException e) {
        throw new IllegalArgumentException(
            "'%s' is not a glob: %s".formatted(pattern, e.getDescription()), e);
      }
    }

    boolean matches(Path relative) {
      return matcher.matches(wholePath ? relative : relative.getFileName());
    }
  }

  private final List<Glob> include;
  private final List<Glob> exclude;

  /**
   * @throws IllegalArgumentException naming the pattern that is none
   */
  public Globs(List<String> include, List<String> exclude) {
    this.include = include.stream().map(Glob::of).toList();
    this.exclude = exclude.stream().map(Glob::of).toList();
  }

  boolean takes(Path relative) {
    return !excludes(relative)
        && (include.isEmpty() || include.stream().anyMatch(glob -> glob.matches(relative)));
  }

  /** For folders too: an excluded one is not entered. */
  boolean excludes(Path relative) {
    return exclude.stream().anyMatch(glob -> glob.matches(relative));
  }
}
