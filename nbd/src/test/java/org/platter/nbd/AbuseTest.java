// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.nbd.NbdClient.Style;
import org.platter.nbd.session.Limits;

/** Clients that do what they must not: they are cut off, and nobody else notices. */
class AbuseTest {
    private static final int SIZE = 4 << 20;
    private static final int MIB = 1 << 20;
    private static final Limits TIGHT = new Limits(40, 32, 8 * MIB, 4 * MIB, 2_000, 2_000, 0, 8, 4, 1_000);

    private final MemoryDisk disk = new MemoryDisk(SIZE);
    private static final Limits PATIENT = new Limits(40, 32, 8 * MIB, 4 * MIB, 300_000, 300_000, 0, 8, 4, 1_000);

    private Rig rig = new Rig(TIGHT);
    private NbdClient witness;

    @BeforeEach
    void export() throws IOException {
        rig.export(disk, r -> r);
        witness = open(Style.STRUCTURED);
        witness.write(0, new byte[] {1, 2, 3});
    }

    @AfterEach
    void nobodyElseHasNoticed() throws IOException {
        assertArrayEquals(new byte[] {1, 2, 3}, witness.read(0, 3));
        open(Style.EXTENDED).read(0, 4096);
        rig.close();
    }

    private NbdClient open(Style style) throws IOException {
        return rig.track(NbdClient.open(rig.address(), "disk", style));
    }

    private NbdClient connect() throws IOException {
        NbdClient client = rig.track(NbdClient.connect(rig.address()));
        client.readGreeting();
        return client;
    }

    private NbdClient greet() throws IOException {
        return rig.track(NbdClient.greet(rig.address()));
    }

    @Test
    void unknownClientFlags() throws IOException {
        NbdClient client = connect();
        client.out.writeInt(0x80);
        assertTrue(client.gone());
    }

    @Test
    void wrongMagicOfAnOption() throws IOException {
        NbdClient client = greet();
        client.out.write(new byte[16]);
        assertTrue(client.gone());
    }

    @Test
    void wrongMagicOfARequest() throws IOException {
        for (Style style : Style.values()) {
            NbdClient client = open(style);
            client.out.write(new byte[32]);
            assertTrue(client.gone());
        }
    }

    @Test
    void anOptionOfGigabytes() throws IOException {
        NbdClient client = greet();
        client.out.write(ByteBuffer.allocate(16)
                .putLong(0x49484156454F5054L)
                .putInt(NbdClient.INFO)
                .putInt(-1)
                .array());
        assertTrue(client.gone());
    }

    @Test
    void anExportNameWithoutEnd() throws IOException {
        NbdClient client = greet();
        client.sendOption(NbdClient.EXPORT_NAME, new byte[5000]);
        assertTrue(client.gone());
    }

    @Test
    void optionsWithoutEnd() throws IOException {
        NbdClient client = greet();
        int answered = 0;
        try {
            while (answered < 100_000) {
                client.option(NbdClient.LIST);
                answered++;
            }
        } catch (IOException e) {
            assertTrue(answered >= 1000, e.toString());
        }
        assertTrue(answered < 10_000);
    }

    @Test
    void optionsWithoutReadingTheAnswers() throws IOException, InterruptedException {
        NbdClient client = greet();
        Thread flood = new Thread(() -> {
            try {
                for (int i = 0; i < 1_000_000; i++) {
                    client.sendOption(NbdClient.LIST, new byte[0]);
                }
            } catch (IOException e) {
                // cut off, as it should be
                assertTrue(e.getMessage() != null);
            }
        });
        flood.start();
        for (int i = 0; i < 100; i++) {
            assertArrayEquals(new byte[] {1, 2, 3}, witness.read(0, 3));
        }
        flood.join();
    }

    @Test
    void silenceInTheHandshake() throws IOException {
        NbdClient silent = connect();
        NbdClient half = connect();
        half.out.writeShort(0);
        NbdClient inAnOption = greet();
        inAnOption.out.writeLong(0x49484156454F5054L);
        assertTrue(silent.gone());
        assertTrue(half.gone());
        assertTrue(inAnOption.gone());
    }

    @Test
    void silenceInTheMiddleOfAWrite() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        client.send(NbdClient.WRITE, 0, 4096, 4096, new byte[100]);
        assertTrue(client.gone());
        NbdClient header = open(Style.SIMPLE);
        header.out.write(new byte[] {0x25, 0x60, (byte) 0x95});
        assertTrue(header.gone());
    }

    @Test
    void idlenessWhereItHasALimit() throws IOException {
        Rig strict = new Rig(new Limits(40, 32, 8 * MIB, 4 * MIB, 2_000, 2_000, 1_000, 8, 4, 1_000));
        strict.export(disk, r -> r);
        NbdClient idle = strict.track(NbdClient.open(strict.address(), "disk", Style.SIMPLE));
        NbdClient busy = strict.track(NbdClient.open(strict.address(), "disk", Style.SIMPLE));
        while (strict.exporter.exports().get(0).statistics().clients() > 1) {
            assertArrayEquals(new byte[] {1, 2, 3}, busy.read(0, 3));
        }
        assertTrue(idle.gone());
        strict.close();
    }

    @Test
    void goneInTheMiddleOfAWrite() throws IOException {
        try (NbdClient client = open(Style.SIMPLE)) {
            byte[] ones = new byte[1000];
            Arrays.fill(ones, (byte) 1);
            client.send(NbdClient.WRITE, 0, 8192, 4096, ones);
        }
        try (NbdClient client = open(Style.SIMPLE)) {
            client.send(NbdClient.READ, 0, 0, MIB);
        }
        assertArrayEquals(new byte[4096], witness.read(8192, 4096));
    }

    @Test
    void aRequestWithMoreDataThanAnybodyMaySend() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        client.send(NbdClient.WRITE, 0, 0, 0xffff_ffffL);
        assertTrue(client.gone());
        NbdClient extended = open(Style.EXTENDED);
        extended.send(NbdClient.READ, NbdClient.PAYLOAD, 0, -1);
        assertTrue(extended.gone());
    }

    private void exportPatiently() throws IOException {
        rig.close();
        rig = new Rig(PATIENT);
        export();
    }

    @Test
    void nobodyHasToReadHisReplies() throws IOException {
        exportPatiently();
        long before = directMemory();
        List<NbdClient> hogs = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            NbdClient hog = open(Style.values()[i % 3]);
            for (int n = 0; n < 64; n++) {
                hog.send(NbdClient.READ, 0, 0, 256 << 10);
            }
            hogs.add(hog);
        }
        for (int i = 0; i < 50; i++) {
            assertArrayEquals(new byte[] {1, 2, 3}, witness.read(0, 3));
            witness.write(MIB, new byte[256 << 10]);
            assertEquals(MIB, witness.read(0, MIB).length);
        }
        // the common memory, a share of each, and as much again that is kept for reuse
        assertTrue(directMemory() - before < 2 * (8 + 24 / 4 + 8) * MIB, "used " + (directMemory() - before));
        for (NbdClient hog : hogs) {
            for (int n = 0; n < 64; n++) {
                assertEquals(0, hog.readAnswer().error());
            }
        }
    }

    private static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @Test
    void notReadingRepliesForTooLong() throws IOException {
        NbdClient client = open(Style.SIMPLE);
        for (int n = 0; n < 32; n++) {
            client.send(NbdClient.READ, 0, 0, MIB);
        }
        while (rig.exporter.exports().get(0).statistics().clients() > 1) {
            witness.read(0, 3);
        }
    }

    @Test
    void aSlowReaderGetsEverythingInTheEnd() throws IOException {
        exportPatiently();
        NbdClient client = open(Style.SIMPLE);
        for (int n = 0; n < 20; n++) {
            client.send(NbdClient.READ, 0, 0, SIZE);
        }
        for (int n = 0; n < 20; n++) {
            assertEquals(0, client.readAnswer().error());
            witness.read(0, 512);
        }
    }

    @Test
    void moreClientsThanThereIsRoomFor() throws IOException {
        // the witness is one of them
        int most = TIGHT.connections() - 1;
        List<NbdClient> clients = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            clients.add(open(Style.SIMPLE));
        }
        for (int i = 0; i < 100; i++) {
            try (NbdClient more = NbdClient.connect(rig.address())) {
                assertTrue(more.gone());
            }
        }
        for (NbdClient client : clients) {
            assertArrayEquals(new byte[] {1, 2, 3}, client.read(0, 3));
            client.close();
        }
    }

    @Test
    void aThousandClients() throws IOException {
        Rig large = new Rig(Limits.DEFAULT);
        large.export(disk, r -> r);
        List<NbdClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                clients.add(NbdClient.open(large.address(), "disk", Style.values()[i % 3]));
            }
            for (NbdClient client : clients) {
                client.send(NbdClient.READ, 0, 0, 3);
            }
            for (NbdClient client : clients) {
                assertArrayEquals(new byte[] {1, 2, 3}, client.readAnswer().data());
            }
            assertEquals(1000, large.exporter.exports().get(0).statistics().clients());
        } finally {
            for (NbdClient client : clients) {
                client.close();
            }
            large.close();
        }
    }

    @Test
    void anythingAtAll() throws IOException {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            NbdClient client = seed % 4 == 0 ? connect() : seed % 4 == 1 ? greet() : open(Style.values()[seed % 3]);
            try (client) {
                if (seed % 2 == 1 && bytes.length > 8) {
                    ByteBuffer.wrap(bytes).putLong(0x49484156454F5054L);
                } else if (bytes.length > 8) {
                    ByteBuffer.wrap(bytes)
                            .putInt(0x25609513)
                            .putShort((short) 0)
                            .put((byte) 0);
                }
                client.out.write(bytes);
            } catch (IOException e) {
                assertTrue(e.getMessage() != null);
            }
        }
        disk.write(ByteBuffer.wrap(Arrays.copyOf(new byte[] {1, 2, 3}, 512)), 0);
    }

    @Test
    void aDiskThatHangsKeepsNobodyElseWaiting() throws IOException {
        CountDownLatch latch = new CountDownLatch(1);
        MemoryDisk hanging = new MemoryDisk(SIZE);
        hanging.hook = (call, offset) -> {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new DiskException(org.platter.error.ErrorCode.IO, "interrupted");
            }
        };
        rig.export(hanging, r -> r.withName("hanging"));
        NbdClient client = rig.track(NbdClient.open(rig.address(), "hanging", Style.SIMPLE));
        for (int i = 0; i < 50; i++) {
            client.send(NbdClient.READ, 0, 0, 512);
        }
        for (int i = 0; i < 100; i++) {
            assertArrayEquals(new byte[] {1, 2, 3}, witness.read(0, 3));
        }
        latch.countDown();
        for (int i = 0; i < 50; i++) {
            assertEquals(0, client.readAnswer().error());
        }
    }
}
