package dev.millrace.monitor.audit;

/** Is told how far the reading has come. */
@FunctionalInterface
public interface AuditProgress {

  /** Says nothing. */
  AuditProgress SILENT = (topic, read, total) -> {};

  /**
   * @param topic that is being read
   * @param read offsets done, of all partitions together
   * @param total offsets to do
   */
  void at(String topic, long read, long total);
}
