// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/** Against istgt, a target of another family. Numbers refer to docs/formats/iscsi.md, section 18. */
@Timeout(60)
class IstgtTest {
    private static final int SIZE = 16 << 20;

    @TempDir
    Path folder;

    private Process process;
    private int port;
    private String readOnly = "No";

    private URI start(String auth, String digest, int blockSize, int depth) throws Exception {
        Rigs.require("istgt");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        for (String name : new String[] {"d1.img", "d2.img"}) {
            try (RandomAccessFile disk =
                    new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
                disk.setLength(SIZE);
            }
        }
        Files.createDirectories(folder.resolve("media"));
        Files.writeString(
                folder.resolve("auth.conf"),
                "[AuthGroup1]\n  Auth \"user\" \"secret-123456\" \"tuser\" \"target-secret-12\"\n");
        Files.writeString(folder.resolve("istgt.conf"), config(auth, digest, blockSize, depth));
        process = new ProcessBuilder(
                        "istgt", "-D", "-c", folder.resolve("istgt.conf").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("istgt.log").toFile())
                .start();
        awaitListener();
        return url(0);
    }

    private URI url(int lun) {
        return URI.create("iscsi://127.0.0.1:" + port + "/iqn.2024-01.test.istgt:disk1/" + lun);
    }

    private String config(String auth, String digest, int blockSize, int depth) {
        return """
                [Global]
                  NodeBase "iqn.2024-01.test.istgt"
                  PidFile %1$s/istgt.pid
                  AuthFile %1$s/auth.conf
                  MediaDirectory %1$s/media
                  Timeout 30
                  NopInInterval 5
                  DiscoveryAuthMethod None
                  MaxSessions 8
                  MaxConnections 4
                  MaxR2T 32
                  MaxOutstandingR2T 16
                  FirstBurstLength 262144
                  MaxBurstLength 1048576
                  MaxRecvDataSegmentLength 262144
                [UnitControl]
                  AuthMethod None
                  AuthGroup None
                [PortalGroup1]
                  Portal P1 127.0.0.1:%2$d
                [InitiatorGroup1]
                  InitiatorName "ALL"
                  Netmask 127.0.0.0/8
                [LogicalUnit1]
                  TargetName disk1
                  Mapping PortalGroup1 InitiatorGroup1
                  AuthMethod %3$s
                  AuthGroup %4$s
                  UseDigest %5$s
                  UnitType Disk
                  QueueDepth %6$d
                  BlockLength %7$d
                  ReadOnly %8$s
                  LUN0 Storage %1$s/d1.img Auto
                  LUN1 Storage %1$s/d2.img Auto
                """.formatted(
                folder, port, auth, auth.equals("None") ? "None" : "AuthGroup1", digest, depth, blockSize, readOnly);
    }

    private void awaitListener() throws Exception {
        for (int i = 0; i < 200 && process.isAlive(); i++) {
            try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (probe.isConnected()) {
                    return;
                }
            } catch (IOException e) {
                RecoveryTest.pass(50);
            }
        }
        throw new AssertionError(Files.readString(folder.resolve("istgt.log")));
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (process != null && !process.destroyForcibly().waitFor(10, TimeUnit.SECONDS)) {
            throw new AssertionError("istgt does not end");
        }
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** 14, 17, 23: all sizes, a queue that is shorter than ours, nothing at all; the file has what was written. */
    @Test
    void readsWritesAndFlushes() throws Exception {
        try (Unit unit = Unit.open(start("None", "Auto", 512, 32))) {
            for (int size : new int[] {512, 4096, 65536, 1 << 20, (3 << 20) + 512}) {
                unit.write(random(size, size), 512);
                assertArrayEquals(random(size, size), unit.read(512, size));
            }
            unit.storage().read(ByteBuffer.allocateDirect(0), 0);
            unit.storage().write(ByteBuffer.allocateDirect(0), 0);
            Workload load = new Workload(unit.storage(), 64, 512);
            unit.storage().zero(0, SIZE);
            load.start();
            RecoveryTest.pass(1000);
            load.endAndVerify();
            unit.write(random(8192, 1), 4096);
            unit.storage().flush();
            byte[] file = Files.readAllBytes(folder.resolve("d1.img"));
            assertArrayEquals(random(8192, 1), Arrays.copyOfRange(file, 4096, 4096 + 8192));
        }
    }

    /** 24: blocks of 4096 bytes. */
    @Test
    void writesPartsOfLargeBlocks() throws Exception {
        try (Unit unit = Unit.open(start("None", "Header Data", 4096, 32))) {
            byte[] model = random(1 << 20, 1);
            unit.write(model, 0);
            for (int at = 512; at < 200_000; at += 7680) {
                unit.write(random(5120, at), at);
                System.arraycopy(random(5120, at), 0, model, at, 5120);
            }
            assertArrayEquals(model, unit.read(0, model.length));
        }
    }

    /** 25: two units of one target are two. */
    @Test
    void keepsUnitsApart() throws Exception {
        start("None", "Auto", 512, 32);
        try (Unit first = Unit.open(url(0));
                Unit second = Unit.open(url(1))) {
            first.write(random(4096, 1), 0);
            second.write(random(4096, 2), 0);
            assertArrayEquals(random(4096, 1), first.read(0, 4096));
            assertArrayEquals(random(4096, 2), second.read(0, 4096));
        }
        DiskException e = assertThrows(DiskException.class, () -> Unit.open(url(2)));
        assertTrue(e.getMessage().contains("no logical unit 2"), e.getMessage());
    }

    /** 35: a unit that can only be read. */
    @Test
    void respectsReadOnlyUnits() throws Exception {
        readOnly = "Yes";
        URI url = start("None", "Auto", 512, 32);
        assertEquals(
                ErrorCode.READ_ONLY,
                assertThrows(DiskException.class, () -> Unit.open(url)).code());
        try (Unit unit = Unit.openForReading(url)) {
            assertArrayEquals(new byte[4096], unit.read(0, 4096));
        }
    }

    /** 7, 10: CHAP both ways, with a challenge of 1024 bytes in upper-case digits. */
    @Test
    void authenticatesBothWays() throws Exception {
        URI url = start("CHAP Mutual", "Auto", 512, 32);
        String[] keys = {
            "InitiatorUsername",
            "user",
            "InitiatorSecret",
            "secret-123456",
            "TargetUsername",
            "tuser",
            "TargetSecret",
            "target-secret-12"
        };
        Unit.open(url, keys).close();
        assertThrows(DiskException.class, () -> Unit.open(url, Arrays.copyOf(keys, 4)));
        String[] wrong = keys.clone();
        wrong[7] = "something-else!";
        assertThrows(DiskException.class, () -> Unit.open(url, wrong));
    }

    /** 16: pings without a tag are not answered, and change nothing. */
    @Test
    void ignoresPingsThatWantNoAnswer() throws Exception {
        RecoveryTest.Cutter cutter = new RecoveryTest.Cutter();
        try (Unit unit = Unit.open(start("None", "Auto", 512, 32), cutter)) {
            RecoveryTest.pass(6000);
            unit.read(0, 512);
            assertEquals(1, cutter.connections());
        }
    }
}
