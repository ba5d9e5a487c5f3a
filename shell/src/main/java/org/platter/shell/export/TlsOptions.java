// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.export;

import java.nio.file.Path;
import java.util.Optional;
import org.platter.export.ExportTls;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;
import org.platter.shell.option.UsageException;

/** The options that say how an export is encrypted. */
final class TlsOptions {
    private final Option<String> certificate;
    private final Option<String> key;
    private final Option<String> authorities;
    private final Option<Boolean> optional;

    TlsOptions(Syntax syntax) {
        certificate = syntax.option("--tls-cert", "FILE", word -> word, "encrypt with this certificate, as PEM");
        key = syntax.option("--tls-key", "FILE", word -> word, "its key as PEM, if that is in another file");
        authorities = syntax.option("--tls-ca", "FILE", word -> word, "let in only clients that these have signed");
        optional = syntax.flag("--tls-optional", "serve clients that do not encrypt too");
    }

    Optional<ExportTls> of(Invocation invocation) {
        if (!certificate.given()) {
            if (key.given() || authorities.given() || optional.given()) {
                throw new UsageException("encryption wants --tls-cert");
            }
            return Optional.empty();
        }
        Path file = invocation.file(certificate.value().orElseThrow());
        ExportTls.Mode mode = optional.given() ? ExportTls.Mode.OFFERED : ExportTls.Mode.REQUIRED;
        return Optional.of(new ExportTls(
                file,
                key.value().map(invocation::file),
                Optional.empty(),
                authorities.value().map(invocation::file),
                mode));
    }
}
