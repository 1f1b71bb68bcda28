package dev.millrace.cli;

import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which instance a command asks over HTTP. */
public final class ApiOptions {

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "Base address of the API (default: the instance that runs from --data).")
  private URI url;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "API key (default: environment variable MILLRACE_API_KEY).",
      defaultValue = "${env:MILLRACE_API_KEY}")
  private String key;

  @Mixin private ServerOptions servers;

  Api open() {
    return new Api(address(), Optional.ofNullable(key).filter(text -> !text.isBlank()));
  }

  ServerOptions servers() {
    return servers;
  }

  private URI address() {
    if (url != null) {
      return URI.create(url.toString().replaceAll("/+$", ""));
    }
    return servers
        .instance()
        .map(Instance::api)
        .orElseThrow(
            () ->
                new CommandFailure(
                    "nothing runs from "
                        + servers.data()
                        + "; start it with ./millrace up, or name an instance with --url"));
  }
}
