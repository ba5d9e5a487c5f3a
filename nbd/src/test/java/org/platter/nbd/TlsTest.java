// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.DiskExport;
import org.platter.export.ExportTls;
import org.platter.nbd.NbdClient.Style;
import org.platter.nbd.session.Limits;

class TlsTest {
    private static final int TLS_REQUIRED = 0x80000005;
    private static final int INVALID = 0x80000003;

    @TempDir
    static Path folder;

    private static TestKeys rsa;
    private static TestKeys ec;

    private final MemoryDisk disk = new MemoryDisk(8 << 20);
    private final Rig rig = new Rig(Limits.DEFAULT);

    @BeforeAll
    static void makeKeys() throws Exception {
        rsa = TestKeys.make(folder, "rsa", "RSA");
        ec = TestKeys.make(folder, "ec", "EC");
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private NbdClient encrypted(SSLContext context) throws IOException {
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        client.encrypt(context);
        return client;
    }

    private static ExportTls required() {
        return ExportTls.pem(rsa.certificate(), rsa.key());
    }

    @ParameterizedTest
    @EnumSource
    void servesEncryptedClients(Style style) throws Exception {
        rig.export(disk, r -> r.withTls(required()));
        NbdClient client = encrypted(rsa.client(null));
        client.negotiate(style);
        client.go("disk");
        for (int length : new int[] {1, 4096, 100_000, 5 << 20}) {
            byte[] data = new byte[length];
            new Random(length).nextBytes(data);
            client.write(100, data);
            assertArrayEquals(data, client.read(100, length));
        }
        for (int i = 0; i < 300; i++) {
            client.send(NbdClient.READ, 0, i * 4096L, 4096);
        }
        for (int i = 0; i < 300; i++) {
            assertEquals(0, client.readAnswer().error());
        }
        client.send(NbdClient.DISC, 0, 0, 0);
        assertTrue(client.gone());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void speaksBothVersions(String version) throws Exception {
        rig.export(disk, r -> r.withTls(ExportTls.pem(ec.certificate(), ec.key())));
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        client.encrypt(ec.client(null), version);
        client.go("disk");
        client.write(0, new byte[] {1, 2, 3});
        assertArrayEquals(new byte[] {1, 2, 3}, client.read(0, 3));
    }

    @Test
    void takesKeysInAllTheirForms() throws Exception {
        ExportTls[] forms = {
            ExportTls.pkcs12(rsa.pkcs12(), TestKeys.PASSWORD),
            ExportTls.pem(rsa.certificate(), rsa.pkcs1(folder.resolve("pkcs1.pem"))),
            ExportTls.pem(both(), both())
        };
        for (ExportTls form : forms) {
            Rig each = new Rig(Limits.DEFAULT);
            each.export(disk, r -> r.withTls(form));
            try (NbdClient client = NbdClient.greet(each.address())) {
                client.encrypt(rsa.client(null));
                client.go("disk");
            }
            each.close();
        }
    }

    private static Path both() throws IOException {
        return Files.writeString(
                folder.resolve("both.pem"), Files.readString(rsa.key()) + Files.readString(rsa.certificate()));
    }

    @Test
    void withoutEncryptionNothingIsToldWhereItIsRequired() throws IOException {
        DiskExport export = rig.export(disk, r -> r.withTls(required()));
        assertTrue(export.uri().toString().startsWith("nbds://127.0.0.1:"));
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        NbdClient.last(client.option(NbdClient.LIST), TLS_REQUIRED);
        NbdClient.last(client.choose(NbdClient.GO, "disk"), TLS_REQUIRED);
        NbdClient.last(client.choose(NbdClient.INFO, "nothing"), TLS_REQUIRED);
        NbdClient.last(client.option(NbdClient.STRUCTURED), TLS_REQUIRED);
        client.sendOption(NbdClient.EXPORT_NAME, "disk".getBytes(StandardCharsets.UTF_8));
        assertTrue(client.gone());
    }

    @Test
    void whereItIsOfferedBothKindsOfClientsAreServed() throws Exception {
        DiskExport export = rig.export(disk, r -> r.withTls(required().withMode(ExportTls.Mode.OFFERED)));
        assertTrue(export.uri().toString().startsWith("nbd://"));
        NbdClient plain = rig.track(NbdClient.open(rig.address(), "disk", Style.SIMPLE));
        NbdClient secret = encrypted(rsa.client(null));
        secret.go("disk");
        plain.write(0, new byte[] {7});
        assertArrayEquals(new byte[] {7}, secret.read(0, 1));
    }

    @Test
    void encryptionStartsOnceAndForgetsWhatWasAgreedBefore() throws Exception {
        rig.export(disk, r -> r.withTls(required().withMode(ExportTls.Mode.OFFERED)));
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        client.negotiate(Style.STRUCTURED);
        client.setContext("disk");
        client.encrypt(rsa.client(null));
        client.style = Style.SIMPLE;
        NbdClient.last(client.option(NbdClient.STARTTLS), INVALID);
        client.go("disk");
        assertArrayEquals(new byte[512], client.read(0, 512));
    }

    @Test
    void clientsShowTheirCertificateWhereOneIsWanted() throws Exception {
        rig.export(disk, r -> r.withTls(required().withAuthorities(ec.certificate())));
        NbdClient known = encrypted(rsa.client(ec));
        known.go("disk");
        assertThrows(IOException.class, () -> encrypted(rsa.client(null)).go("disk"));
        assertThrows(IOException.class, () -> encrypted(rsa.client(rsa)).go("disk"));
        assertArrayEquals(new byte[512], known.read(0, 512));
    }

    @Test
    void whatIsNoEncryptionEndsTheConnection() throws Exception {
        rig.export(disk, r -> r.withTls(required()));
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        NbdClient.last(client.option(NbdClient.STARTTLS), NbdClient.ACK);
        client.out.write("GET / HTTP/1.0\r\n\r\n".repeat(10).getBytes(StandardCharsets.US_ASCII));
        byte[] alert = client.in.readNBytes(100);
        assertTrue(alert.length < 100);
        NbdClient other = encrypted(rsa.client(null));
        other.go("disk");
    }

    @Test
    void whatIsSentBehindTheRequestForEncryptionIsNotTakenForAnOption() throws IOException {
        rig.export(disk, r -> r.withTls(required()));
        NbdClient client = rig.track(NbdClient.greet(rig.address()));
        byte[] option = java.nio.ByteBuffer.allocate(32)
                .putLong(0x49484156454F5054L)
                .putInt(NbdClient.STARTTLS)
                .putInt(0)
                .putLong(0x49484156454F5054L)
                .putInt(NbdClient.LIST)
                .putInt(0)
                .array();
        client.out.write(option);
        assertEquals(NbdClient.STARTTLS, client.readOptionAnswer().option());
        assertTrue(client.in.readNBytes(100).length < 20);
    }

    @Test
    void allExportsOfAnAddressEncryptTheSameWay() throws DiskException {
        rig.export(disk, r -> r.withTls(required()));
        DiskException e = assertThrows(DiskException.class, () -> rig.export(disk, r -> r.withName("plain")));
        assertEquals(ErrorCode.BAD_VALUE, e.code());
    }

    @Test
    void aKeyAsOpensslWritesItForAnEllipticCurveServes() throws Exception {
        Path sec1 = ec.sec1(folder.resolve("sec1.pem"));
        rig.export(disk, r -> r.withTls(ExportTls.pem(ec.certificate(), sec1)));
        NbdClient client = encrypted(ec.client(null));
        client.go("disk");
        client.write(0, new byte[512]);
    }

    @Test
    void aDamagedKeyIsRefusedByName() throws Exception {
        Path cut = folder.resolve("cut.pem");
        Files.writeString(cut, "-----BEGIN EC PRIVATE KEY-----\nMIIBIjANBgkqhkiG\n-----END EC PRIVATE KEY-----\n");
        DiskException refused = assertThrows(
                DiskException.class, () -> rig.export(disk, r -> r.withTls(ExportTls.pem(rsa.certificate(), cut))));
        assertEquals(ErrorCode.BAD_VALUE, refused.code());
        assertTrue(refused.getMessage().contains("cut.pem"), refused.getMessage());
    }
}
