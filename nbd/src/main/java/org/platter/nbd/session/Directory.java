// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.session;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import org.platter.export.ExportTls;

/** What a client that has connected can choose from; called on the loop's thread, never waits. */
public interface Directory {
    /** The offer of that name; for the empty name the default one. */
    Optional<Offer> find(String name);

    /** All offers, the oldest first. */
    List<Offer> offers();

    /** How connections are encrypted, if they can be. */
    Optional<Encryption> encryption();

    /** How connections are encrypted: keys, who has to, and who computes. */
    record Encryption(SSLContext context, ExportTls tls, Executor executor) {
        boolean required() {
            return tls.mode() == ExportTls.Mode.REQUIRED;
        }
    }
}
