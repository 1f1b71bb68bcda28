package dev.millrace.preprocess.clean;

import com.google.i18n.phonenumbers.PhoneNumberUtil;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.validator.routines.IBANValidator;
import org.apache.commons.validator.routines.InetAddressValidator;
import org.apache.commons.validator.routines.checkdigit.LuhnCheckDigit;

/**
 * Replaces personal data by their kind: mail addresses, card numbers (Luhn), bank accounts (IBAN
 * check digits), IP addresses, phone numbers. A candidate is found by shape and replaced only when
 * its check holds, so order numbers and versions stay.
 */
final class Redactor {

  // Possessive quantifiers throughout: no input makes these patterns backtrack.
  private static final Pattern MAIL =
      Pattern.compile(
          "[\\p{L}\\p{N}._%+-]{1,64}+@[\\p{L}\\p{N}-]{1,63}+(?:\\.[\\p{L}\\p{N}-]{1,63}+){1,8}+");
  private static final Pattern CARD =
      Pattern.compile("(?<![\\w.-])\\d(?:[ -]?+\\d){12,22}+(?!\\w)");
  private static final Pattern IBAN =
      Pattern.compile("\\b[A-Z]{2}\\d{2}(?: ?+[A-Z0-9]){11,36}+(?![A-Z0-9])");
  private static final Pattern IPV4 =
      Pattern.compile("(?<![\\w.])\\d{1,3}+(?:\\.\\d{1,3}+){3}+(?![\\w]|\\.\\d)");
  private static final Pattern IPV6 =
      Pattern.compile(
          "(?<![\\w:.])(?=[0-9A-Fa-f]*+:)[0-9A-Fa-f:]{3,39}+(?:[0-9.]{7,15}+)?+(?![\\w:])");
  private static final int FEWEST_PHONE_DIGITS = 7;

  private final String phoneRegion;

  Redactor(String phoneRegion) {
    this.phoneRegion = phoneRegion;
  }

  String redact(String text) {
    String clean = text;
    if (clean.indexOf('@') >= 0) {
      clean = replace(clean, MAIL, "[MAIL]", found -> true);
    }
    if (digits(clean) < 2) {
      return clean;
    }
    clean = replace(clean, IBAN, "[IBAN]", Redactor::isIban);
    clean = replace(clean, CARD, "[CARD]", Redactor::isCard);
    clean = replace(clean, IPV4, "[IP]", InetAddressValidator.getInstance()::isValidInet4Address);
    clean = replace(clean, IPV6, "[IP]", Redactor::isIpv6);
    return digits(clean) < FEWEST_PHONE_DIGITS ? clean : phones(clean);
  }

  private static long digits(String text) {
    return text.chars().filter(c -> c >= '0' && c <= '9').count();
  }

  /**
   * Replaces what the pattern finds and the check confirms. A number may be followed by another
   * group of digits or letters that the pattern takes for a part of it, so groups are left off its
   * end until the check holds.
   */
  private static String replace(
      String text, Pattern pattern, String by, Predicate<String> isPersonal) {
    return pattern
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(replaced(match.group(), by, isPersonal)));
  }

  private static String replaced(String found, String by, Predicate<String> isPersonal) {
    for (int end = found.length(); end > 0; end = lastGap(found, end)) {
      if (isPersonal.test(found.substring(0, end))) {
        return by + found.substring(end);
      }
    }
    return found;
  }

  private static int lastGap(String found, int end) {
    return Math.max(found.lastIndexOf(' ', end - 1), found.lastIndexOf('-', end - 1));
  }

  private static boolean isCard(String found) {
    return LuhnCheckDigit.LUHN_CHECK_DIGIT.isValid(found.replaceAll("[ -]", ""));
  }

  private static boolean isIban(String found) {
    return IBANValidator.getInstance().isValid(found.replace(" ", ""));
  }

  private static boolean isIpv6(String found) {
    return found.chars().filter(c -> c == ':').count() >= 2
        && InetAddressValidator.getInstance().isValidInet6Address(found);
  }

  private String phones(String text) {
    var clean = new StringBuilder();
    int end = 0;
    for (var match : PhoneNumberUtil.getInstance().findNumbers(text, phoneRegion)) {
      clean.append(text, end, match.start()).append("[PHONE]");
      end = match.end();
    }
    return end == 0 ? text : clean.append(text, end, text.length()).toString();
  }
}
