package dev.millrace.devstack;

/**
 * The outcome of one question that the doctor asked.
 *
 * @param name what was looked at, such as {@code disk}
 * @param ok whether Millrace can work with it
 * @param finding what was found, one line
 * @param remedy what to do when it is not ok; empty otherwise
 */
public record Check(String name, boolean ok, String finding, String remedy) {

  static Check passed(String name, String finding) {
    return new Check(name, true, finding, "");
  }

  static Check failed(String name, String finding, String remedy) {
    return new Check(name, false, finding, remedy);
  }
}
