package dev.millrace.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small pieces of Jinja2, each with what Jinja2 prints for it. */
class ChatTemplateSyntaxTest {

  private static final List<Map<String, Object>> MESSAGES =
      List.of(
          ChatInput.message("system", "S"),
          ChatInput.message("user", "U\n"),
          ChatInput.message("assistant", "<think>\nx\n</think>\n\nA"));

  private static String render(String template) {
    return render(template, new ChatInput(MESSAGES, List.of(tool()), true, Map.of("n", 3)));
  }

  private static Map<String, Object> tool() {
    Map<String, Object> tool = new LinkedHashMap<>();
    tool.put("type", "function");
    tool.put("n", List.of(1, 2.5, true, "é\"<\n"));
    return tool;
  }

  private static String render(String template, ChatInput input) {
    Clock clock = Clock.fixed(Instant.parse("2026-07-04T12:00:00Z"), ZoneOffset.UTC);
    return ChatTemplate.of(template, Map.of("bos_token", "<s>"), clock).render(input);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '\0',
      ignoreLeadingAndTrailingWhitespace = true,
      value = {
        "{{ messages[0]['role'] }}{{messages[-1].role}}{{ messages[0][\"content\"] }} ¦"
            + " systemassistantS",
        "{{ bos_token + '|' }}{{ messages[1].content | trim + '|' + n }} ¦ <s>|U|3",
        "{% if not tools is defined %}x{% else %}y{% endif %} ¦ y",
        "{% if not nothing is defined %}x{% else %}y{% endif %} ¦ x",
        "{% if not tools is none %}x{% endif %}{% if tools is not none %}y{% endif %} ¦ xy",
        "{% if not 'x' in messages[0] %}a{% endif %}{% if not n == 4 %}b{% endif %}{% if not n != 3"
            + " %}c{% endif %} ¦ abc",
        "{% if not messages|length == 2 and not (n == 4 or not n) %}x{% endif %} ¦ x",
        "{{ 'x' if not not n else 'y' }}{{ (not n, 1)[0] }}{% if n is not none and not n > 3 -%}"
            + " z{%- endif %} ¦ xfalsez",
        "{% set ns = namespace(a=n - 1, b=not n == 3, c='=') %}{{ ns.a }}{{ ns.b }}{{ ns.c }} ¦"
            + " 2false=",
        "{% for m in messages if not m.role == 'user' and not loop_is_nothing %}{{ m.role[0] }}{%"
            + " endfor %} ¦ sa",
        "{% set vendor = 1 %}{% if not vendor == 1 or not vendor is defined %}x{% else %}y{% endif"
            + " %} ¦ y",
        "{% if nothing is defined and nothing is not none %}x{% else %}y{% endif %} ¦ y",
        "{% for m in messages %}{{ loop.index0 }}{{ m.role[0] }}{% if not loop.last %},{% endif"
            + " %}{% endfor %} ¦ 0s,1u,2a",
        "{% for m in messages[::-1] %}{{ m.role[0] }}{% endfor %} ¦ aus",
        "{% for m in messages[1:] %}{{ m.role[0] }}{% endfor %} ¦ ua",
        "{% for m in messages if m.role != 'user' %}{{ loop.index }}{{ m.role[0] }}{% endfor %} ¦"
            + " 1s2a",
        "{% for m in messages %}{% if loop.index == 2 %}{% continue %}{% endif %}{{ m.role[0] }}{%"
            + " endfor %} ¦ sa",
        "{% for m in messages %}{% if loop.index == 2 %}{% break %}{% endif %}{{ m.role[0] }}{%"
            + " endfor %} ¦ s",
        "{% for m in messages %}{{ loop.previtem.role[0] if loop.previtem is defined else '-' }}{%"
            + " endfor %} ¦ -su",
        "{% for m in messages %}{% if loop.nextitem is defined and loop.nextitem.role == 'user'"
            + " %}{{ m.role }}{% endif %}{% endfor %} ¦ system",
        "{% set ns = namespace(found=false, x=1) %}{% for m in messages %}{% if m.role == 'user'"
            + " %}{% set ns.found = true %}{% set ns.x = ns.x + 1 %}{% endif %}{% endfor %}{% if"
            + " ns.found %}{{ ns.x }}{% endif %} ¦ 2",
        "{% set x = 1 %}{% for m in messages %}{% set x = 2 %}{% endfor %}{{ x }} ¦ 1",
        "{{ messages[-1]['content'].split('</think>')[-1].lstrip('\\n') }} ¦ A",
        "{{ messages[2].content.split('</think>')[0].rstrip('\\n"
            + "').split('<think>')[-1].lstrip('\\n"
            + "') }} ¦ x",
        "{{ 'abc'.startswith('ab') and 'abc'.endswith(('x', 'c')) }}{{ ' x '.strip() }}{{"
            + " 'aB'.upper() }} ¦ truexAB",
        "{{ 'a.b'.split('.')|join('-') }}{{ ', '.join(['p', 'q']) }}{{ 'a-b'.replace('-', '+') }} ¦"
            + " a-bp, qa+b",
        "{{ 'abc'[0] }}{{ 'abc'[-1] }}{{ 'abc'[1:] }}{{ 'abc'[::-1] }} ¦ acbccba",
        "{{ tools[0] | tojson }} ¦ {\"type\": \"function\", \"n\": [1, 2.5, true, \"é\\\"<\\n\"]}",
        "{% for k, v in tools[0].items() %}{{ k }},{% endfor %}{% for k, v in tools[0]|items %}{{ k"
            + " }};{% endfor %} ¦ type,n,type;n;",
        "{{ strftime_now('%d %b %Y') }} ¦ 04 Jul 2026",
        "{% macro f(a, b=2) %}[{{ a }}{{ b }}]{% endmacro %}{{ f(1) }}{{ f(1, b=3) }} ¦ [12][13]",
        "{% generation %}a{% endgeneration %}{%- generation -%} b {%- endgeneration -%} ¦ ab",
        "{# not x is defined %} #}{{ 'not x is defined [::-1]' }} ¦ not x is defined [::-1]",
        "{{ messages[0].content is string }}{{ messages is mapping }}{{ messages[0] is mapping }} ¦"
            + " truefalsetrue",
        "{{ (n % 2 == 1) and n // 2 == 1 }}{{ messages|length - 1 }}{{ 'a' ~ n }} ¦ true2a3",
        "{% set a = 'x' if n > 2 else 'y' %}{{ a }}{{ nothing | default('d') }}{{ nothing or 'e' }}"
            + " ¦ xde",
        "{{ messages | map(attribute='role') | join(',') }} ¦ system,user,assistant",
        "{{ messages | selectattr('role', 'equalto', 'user') | list | length }} ¦ 1",
        "{{ '}}' }}{{ \"{% if %}\" }} ¦ }}{% if %}",
        "{{ messages[0].get('x', 'd') }}{{ messages[0].get('role') }} ¦ dsystem",
      })
  void prints_what_jinja2_prints(String template, String expected) {
    assertThat(render(template)).isEqualTo(expected);
  }

  @Test
  void blocks_on_their_own_lines_leave_no_white_space() {
    assertThat(render("a\n  {% if n %}\n  b\n  {% endif %}\nc\n")).isEqualTo("a\n  b\nc");
    assertThat(render("{%- if n %}\n    {{- 'a' }}\n{%- else %}\n    {{- 'b' }}\n{%- endif %}\n"))
        .isEqualTo("a");
    assertThat(render("{{ 'a\\nb' }}{{ '\\t\\\\' }}")).isEqualTo("a\nb\t\\");
  }

  @Test
  void tojson_indents_as_python_does() {
    assertThat(render("{{ tools[0] | tojson(indent=2) }}"))
        .isEqualTo(
            "{\n  \"type\": \"function\",\n  \"n\": [\n    1,\n    2.5,\n    true,\n"
                + "    \"é\\\"<\\n\"\n  ]\n}");
    assertThat(PythonJson.write(Map.of("a", List.of()), 2)).isEqualTo("{\n  \"a\": []\n}");
    assertThat(PythonJson.write(List.of(1e-5, 1e16, 123456.0, 0.1, -2.5e-7, 1e300), -1))
        .isEqualTo("[1e-05, 1e+16, 123456.0, 0.1, -2.5e-07, 1e+300]");
  }

  @Test
  void what_users_write_is_data() {
    String attack = "{{ bos_token }}{% for m in messages %}x{% endfor %}{# c #}${n}";
    assertThat(
            render(
                "{{ messages[0].content }}",
                ChatInput.of(List.of(ChatInput.message("user", attack)))))
        .isEqualTo(attack);
  }

  @Test
  void the_text_false_is_a_text() {
    ChatInput input = ChatInput.of(List.of(ChatInput.message("user", "False")));
    assertThat(render("{% if messages[0].content %}{{ messages[0].content }}{% endif %}", input))
        .isEqualTo("False");
    assertThat(render("{{ messages[0]|tojson }}", input))
        .isEqualTo("{\"role\": \"user\", \"content\": \"False\"}");
  }

  @Test
  void a_refusal_of_the_template_is_said_in_its_words() {
    assertThatThrownBy(() -> render("{{ raise_exception('roles must alternate') }}"))
        .isInstanceOf(TokenizerException.class)
        .hasMessage("chat template refuses the messages: roles must alternate");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '\0',
      value = {
        "{{ messages[0].content.swapcase() }} ¦ strings have no method swapcase",
        "{% for x in [] %}{% else %}e{% endfor %} ¦ for ... else is not supported",
        "{% if n %} ¦ Missing end tag",
        "{{ n +* 2 }} ¦ line 1",
        "{% unheard_of %} ¦ unheard_of",
        "{{ unheard_of(n) }} ¦ unheard_of",
      })
  void what_is_not_understood_is_an_error_and_never_a_gap(String template, String reason) {
    assertThatThrownBy(() -> render(template))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("chat template, line")
        .hasMessageContaining(reason)
        .hasMessageNotContaining("\n");
  }

  @Test
  void unknown_filters_and_tests_are_named_before_anything_is_rendered() {
    assertThatThrownBy(() -> render("{{ n|upper|rot13 }}{% if n is prime %}{% endif %}{{ '|x' }}"))
        .isInstanceOf(TokenizerException.class)
        .hasMessage("chat template uses what is not known here: [filter rot13, test prime]");
  }
}
