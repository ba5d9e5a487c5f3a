// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A key with a certificate that it has signed itself, made by the JDK's tool, in all the forms that files have. */
record TestKeys(Path pkcs12, Path certificate, Path key) {
    static final String PASSWORD = "changeit";
    private static final int RSA_HEADER = 26;

    /** New keys of that algorithm, for "localhost". */
    static TestKeys make(Path folder, String name, String algorithm) throws Exception {
        Path store = folder.resolve(name + ".p12");
        Process tool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        algorithm,
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-ext",
                        "bc:c=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        PASSWORD)
                .redirectErrorStream(true)
                .start();
        tool.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
        assertEquals(0, tool.waitFor());
        KeyStore keys = load(store);
        byte[] key = keys.getKey("key", PASSWORD.toCharArray()).getEncoded();
        byte[] certificate = keys.getCertificate("key").getEncoded();
        return new TestKeys(
                store,
                pem(folder.resolve(name + "-cert.pem"), "CERTIFICATE", certificate),
                pem(folder.resolve(name + "-key.pem"), "PRIVATE KEY", key));
    }

    /** The private key in the older form that only RSA has. */
    Path pkcs1(Path file) throws IOException {
        String text = Files.readString(key).replaceAll("(?s)^.*?-----BEGIN [A-Z ]+-----|-----END.*", "");
        byte[] pkcs8 = Base64.getMimeDecoder().decode(text);
        return pem(file, "RSA PRIVATE KEY", Arrays.copyOfRange(pkcs8, RSA_HEADER, pkcs8.length));
    }

    private static Path pem(Path file, String what, byte[] content) throws IOException {
        String text = "some text before\n-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder().encodeToString(content)
                + "\n-----END " + what + "-----\n";
        return Files.writeString(file, text);
    }

    private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    /** What a client needs that trusts these and shows its own, or none. */
    SSLContext client(TestKeys own) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("server", load(pkcs12).getCertificate("key"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own == null ? null : load(own.pkcs12), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }
}
