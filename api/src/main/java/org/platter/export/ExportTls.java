// SPDX-License-Identifier: Apache-2.0
package org.platter.export;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * How the connections of an address are encrypted. Immutable. {@link #toString()} hides the password.
 *
 * @param certificate the server's certificate and what it is signed by: a PEM file, or a PKCS #12 file with the key
 * @param key its private key as PEM, not encrypted; empty for PKCS #12, or where the certificate's file has both
 * @param password of the PKCS #12 file; empty if it has none
 * @param authorities certificates, as PEM, that must have signed the clients' certificates; empty: clients need none
 * @param mode whether clients have to encrypt
 */
public record ExportTls(
        Path certificate, Optional<Path> key, Optional<String> password, Optional<Path> authorities, Mode mode) {

    /** Whether clients have to encrypt. */
    public enum Mode {
        /** Clients that do not encrypt learn nothing and get nothing. */
        REQUIRED,
        /** Clients may encrypt. */
        OFFERED
    }

    /** Refuses null. */
    public ExportTls {
        Objects.requireNonNull(certificate);
        Objects.requireNonNull(key);
        Objects.requireNonNull(password);
        Objects.requireNonNull(authorities);
        Objects.requireNonNull(mode);
    }

    /** Required, from PEM files. */
    public static ExportTls pem(Path certificate, Path key) {
        return new ExportTls(certificate, Optional.of(key), Optional.empty(), Optional.empty(), Mode.REQUIRED);
    }

    /** Required, from a PKCS #12 file. */
    public static ExportTls pkcs12(Path file, String password) {
        return new ExportTls(file, Optional.empty(), Optional.of(password), Optional.empty(), Mode.REQUIRED);
    }

    /** The same, letting in only clients whose certificate one of these has signed. */
    public ExportTls withAuthorities(Path file) {
        return new ExportTls(certificate, key, password, Optional.of(file), mode);
    }

    /** The same in this mode. */
    public ExportTls withMode(Mode other) {
        return new ExportTls(certificate, key, password, authorities, other);
    }

    @Override
    public String toString() {
        return "ExportTls[" + certificate + ", " + mode
                + authorities.map(a -> ", clients by " + a).orElse("") + "]";
    }
}
