// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jscsi.target.Configuration;
import org.jscsi.target.TargetServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.platter.error.DiskException;

/**
 * Against the target of jSCSI, a sloppy one: a window of one command, no 16-byte commands, no flush, sense without codes,
 * and a block too many in its capacity. Numbers refer to docs/formats/iscsi.md, section 18.
 */
@Timeout(60)
class JscsiTest {
    private static final String NAME = "iqn.2024-01.test.jscsi:disk-1";
    private static final int SIZE = 4 << 20;

    @TempDir
    Path folder;

    private URI location;

    /** The server ends with this Java: it stops only after one more connection. */
    @BeforeEach
    void start() throws Exception {
        byte[] bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        Files.write(folder.resolve("disk.img"), bytes);
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config =
                Files.writeString(folder.resolve("target.xml"), """
                <configuration xmlns="http://www.jscsi.org/2010-04">
                  <TargetList>
                    <Target>
                      <TargetName>%s</TargetName>
                      <TargetAlias>disk</TargetAlias>
                      <SyncFileStorage><Path>%s</Path><DontCreate/></SyncFileStorage>
                    </Target>
                  </TargetList>
                  <GlobalConfig>
                    <AllowSloppyNegotiation>true</AllowSloppyNegotiation>
                    <Port>%d</Port>
                  </GlobalConfig>
                </configuration>
                """.formatted(NAME, folder.resolve("disk.img"), port));
        Path schema = folder.resolve("target.xsd");
        try (InputStream resource = TargetServer.class.getResourceAsStream("/jscsi-target.xsd")) {
            Files.copy(resource, schema);
        }
        TargetServer server = new TargetServer(Configuration.create(schema.toFile(), config.toFile(), "127.0.0.1"));
        Thread thread = new Thread(() -> serve(server), "jscsi");
        thread.setDaemon(true);
        thread.start();
        location = URI.create("iscsi://127.0.0.1:" + port + "/" + NAME + "/0");
    }

    private static void serve(TargetServer server) {
        try {
            server.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Unit open() throws Exception {
        for (int i = 0; ; i++) {
            try {
                return Unit.open(location);
            } catch (DiskException e) {
                if (i == 100) {
                    throw e;
                }
                RecoveryTest.pass(50); // it does not listen yet
            }
        }
    }

    /** 19, 40: answers longer than asked for do no harm, a flush that it does not know is no error. */
    @Test
    void readsWritesAndFlushes() throws Exception {
        try (Unit unit = open()) {
            byte[] model = Files.readAllBytes(folder.resolve("disk.img"));
            assertArrayEquals(model, unit.read(0, SIZE));
            for (int length : new int[] {512, 4096, 8192, 8704, 65536, 300_032, 1 << 20}) {
                byte[] bytes = Arrays.copyOfRange(model, 1000, 1000 + length);
                unit.write(bytes, 7 * 512 + 100);
                System.arraycopy(bytes, 0, model, 7 * 512 + 100, length);
                assertArrayEquals(bytes, unit.read(7 * 512 + 100, length));
            }
            unit.storage().read(ByteBuffer.allocateDirect(0), 0);
            unit.storage().write(ByteBuffer.allocateDirect(0), 0);
            unit.storage().flush();
            assertArrayEquals(model, Files.readAllBytes(folder.resolve("disk.img")));
        }
    }

    /** 14: a window of one command, and 32 that want through it. */
    @Test
    void completesAllThroughAWindowOfOne() throws Exception {
        try (Unit unit = open()) {
            unit.write(new byte[SIZE], 0);
            Workload load = new Workload(unit.storage(), 32, SIZE / Workload.CELL);
            load.start();
            RecoveryTest.pass(1000);
            load.endAndVerify();
        }
    }

    /** What it promises beyond its end is an error, and the session goes on. */
    @Test
    void failsBeyondTheEndOnly() throws Exception {
        try (Unit unit = open()) {
            assertEquals(SIZE + 512, unit.image().info().size());
            assertThrows(DiskException.class, () -> unit.read(SIZE, 512));
            assertEquals(512, unit.read(SIZE - 512, 512).length);
        }
    }
}
