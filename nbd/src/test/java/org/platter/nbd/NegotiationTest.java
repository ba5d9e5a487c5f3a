// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.export.ExportRequest;
import org.platter.nbd.NbdClient.OptionAnswer;
import org.platter.nbd.session.Limits;

class NegotiationTest {
    private static final int UNSUPPORTED = 0x80000001;
    private static final int POLICY = 0x80000002;
    private static final int INVALID = 0x80000003;
    private static final int UNKNOWN = 0x80000006;
    private static final int TOO_BIG = 0x80000009;

    private final MemoryDisk disk = new MemoryDisk(1 << 20);
    private final Rig rig = new Rig(Limits.DEFAULT);

    @BeforeEach
    void export() throws DiskException {
        rig.export(disk, r -> r.withName("first").describedAs("the first one"));
        rig.export(disk, r -> r.withName("zweitër").asReadOnly());
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private NbdClient greet() throws IOException {
        return rig.track(NbdClient.greet(rig.address()));
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    @Test
    void listsAllExportsWithTheirDescriptions() throws IOException {
        List<OptionAnswer> answers = greet().option(NbdClient.LIST);
        assertEquals(3, answers.size());
        byte[] first = answers.get(0).data();
        assertEquals(5, ByteBuffer.wrap(first).getInt());
        assertEquals("firstthe first one", text(first, 4, first.length));
        byte[] second = answers.get(1).data();
        assertEquals("zweitër", text(second, 4, second.length));
        NbdClient.last(answers, NbdClient.ACK);
    }

    @Test
    void listTakesNoData() throws IOException {
        NbdClient.last(greet().option(NbdClient.LIST, (byte) 1), INVALID);
    }

    @Test
    void infoTellsWhatIsAskedAndGoesOn() throws IOException {
        NbdClient client = greet();
        List<OptionAnswer> answers = client.choose(NbdClient.INFO, "first", 1, 2, 3, 77);
        NbdClient.last(answers, NbdClient.ACK);
        assertEquals(5, answers.size());
        assertEquals(1 << 20, client.size);
        assertArrayEquals(
                new byte[] {0, 1, 'f', 'i', 'r', 's', 't'}, answers.get(1).data());
        byte[] description = answers.get(2).data();
        assertEquals("the first one", text(description, 2, description.length));
        ByteBuffer sizes = answers.get(3).buffer();
        assertEquals(3, sizes.getShort());
        assertEquals(1, sizes.getInt());
        assertEquals(4096, sizes.getInt());
        assertEquals(32 << 20, sizes.getInt());
        NbdClient.last(client.choose(NbdClient.INFO, "zweitër"), NbdClient.ACK);
    }

    @Test
    void flagsSayWhatTheExportCanDo() throws IOException {
        NbdClient client = greet();
        client.choose(NbdClient.INFO, "first");
        assertEquals(0b1101_0110_1101, client.flags);
        client.choose(NbdClient.INFO, "zweitër");
        assertEquals(0b0101_0000_1111, client.flags);
        client.negotiate(NbdClient.Style.STRUCTURED);
        client.choose(NbdClient.INFO, "first");
        assertEquals(0b1101_1110_1101, client.flags);
    }

    @Test
    void anExportThatIsReadOnlyAfterwardsIsToldSo() throws IOException {
        disk.readOnly = true;
        NbdClient client = greet();
        client.choose(NbdClient.INFO, "first");
        assertEquals(0b0101_0000_1111, client.flags);
    }

    @Test
    void theEmptyNameIsTheOldestExport() throws IOException {
        NbdClient client = greet();
        List<OptionAnswer> answers = client.choose(NbdClient.INFO, "", 1);
        assertEquals("first", text(answers.get(1).data(), 2, 7));
        client.go("");
        assertArrayEquals(new byte[512], client.read(0, 512));
    }

    @Test
    void anExportWithoutNameIsTheDefault() throws IOException {
        MemoryDisk other = new MemoryDisk(4096);
        rig.export(other, r -> r.withName(""));
        NbdClient client = greet();
        client.go("");
        assertEquals(4096, client.size);
    }

    @Test
    void unknownNamesAreRefusedAndTheClientMayGoOn() throws IOException {
        NbdClient client = greet();
        NbdClient.last(client.choose(NbdClient.INFO, "nothing"), UNKNOWN);
        NbdClient.last(client.choose(NbdClient.GO, "nothing"), UNKNOWN);
        NbdClient.last(client.option(NbdClient.LIST_META, NbdClient.metaQuery("nothing")), UNKNOWN);
        client.go("first");
    }

    @Test
    void unknownOptionsAreRefusedWithTheirData() throws IOException {
        NbdClient client = greet();
        NbdClient.last(client.option(99, new byte[1000]), UNSUPPORTED);
        NbdClient.last(client.option(4), UNSUPPORTED);
        client.go("first");
    }

    @Test
    void largeOptionsAreSkipped() throws IOException {
        NbdClient client = greet();
        NbdClient.last(client.option(NbdClient.INFO, new byte[100_000]), TOO_BIG);
        client.go("first");
    }

    @Test
    void malformedQueriesAreRefused() throws IOException {
        NbdClient client = greet();
        NbdClient.last(client.option(NbdClient.INFO), INVALID);
        NbdClient.last(client.option(NbdClient.GO, new byte[] {0, 0, 0, 9, 'x', 0, 0}), INVALID);
        NbdClient.last(client.option(NbdClient.GO, new byte[] {-1, -1, -1, -1, 0, 0}), INVALID);
        NbdClient.last(client.option(NbdClient.GO, new byte[] {0, 0, 0, 0, 0, 1}), INVALID);
        NbdClient.last(client.option(NbdClient.GO, new byte[] {0, 0, 0, 1, (byte) 0xff, 0, 0}), INVALID);
        NbdClient.last(client.option(NbdClient.GO, new byte[] {0, 0, 0, 1, 0, 0, 0}), INVALID);
        NbdClient.last(client.option(NbdClient.LIST_META, new byte[] {0, 0, 0, 0, -1, -1, -1, -1}), INVALID);
        NbdClient.last(client.option(NbdClient.STRUCTURED, (byte) 0), INVALID);
        client.go("first");
    }

    @Test
    void contextsAreListedByNameByNamespaceAndAltogether() throws IOException {
        NbdClient client = greet();
        for (String[] queries : new String[][] {{}, {"base:"}, {"x-y:z", "base:allocation"}}) {
            List<OptionAnswer> answers = client.option(NbdClient.LIST_META, NbdClient.metaQuery("first", queries));
            assertEquals(2, answers.size());
            byte[] context = answers.get(0).data();
            assertEquals("base:allocation", text(context, 4, context.length));
        }
        assertEquals(
                1,
                client.option(NbdClient.LIST_META, NbdClient.metaQuery("first", "base:other"))
                        .size());
    }

    @Test
    void contextsAreSetAfterStructuredRepliesOnly() throws IOException {
        NbdClient client = greet();
        NbdClient.last(client.option(NbdClient.SET_META, NbdClient.metaQuery("first", "base:allocation")), INVALID);
        client.negotiate(NbdClient.Style.STRUCTURED);
        assertEquals(
                2,
                client.option(NbdClient.SET_META, NbdClient.metaQuery("first", "base:allocation"))
                        .size());
        assertEquals(
                1,
                client.option(NbdClient.SET_META, NbdClient.metaQuery("first", "base:"))
                        .size());
        assertEquals(
                1,
                client.option(NbdClient.SET_META, NbdClient.metaQuery("first")).size());
    }

    @Test
    void exportNameAnswersWithPaddingUnlessTheClientWantsNone() throws IOException {
        try (NbdClient client = NbdClient.connect(rig.address())) {
            client.readGreeting();
            client.out.writeInt(0);
            client.sendOption(NbdClient.EXPORT_NAME, "first".getBytes(StandardCharsets.UTF_8));
            assertEquals(1 << 20, client.in.readLong());
            assertEquals(0b1101_0110_1101, client.in.readShort());
            assertArrayEquals(new byte[124], client.in.readNBytes(124));
            assertArrayEquals(new byte[512], client.read(512, 512));
        }
        NbdClient client = greet();
        client.sendOption(NbdClient.EXPORT_NAME, "first".getBytes(StandardCharsets.UTF_8));
        client.in.readNBytes(10);
        assertArrayEquals(new byte[512], client.read(512, 512));
    }

    @Test
    void hangsUpOnAnUnknownExportName() throws IOException {
        NbdClient client = greet();
        client.sendOption(NbdClient.EXPORT_NAME, "nothing".getBytes(StandardCharsets.UTF_8));
        assertTrue(client.gone());
    }

    @Test
    void abortIsAnsweredAndEndsTheSession() throws IOException {
        NbdClient client = greet();
        NbdClient.last(client.option(NbdClient.ABORT, new byte[3]), NbdClient.ACK);
        assertTrue(client.gone());
    }

    @Test
    void encryptionIsRefusedWhereThereIsNone() throws IOException {
        NbdClient.last(greet().option(NbdClient.STARTTLS), POLICY);
    }

    @Test
    void aClientThatDoesNotKnowOptionsMayOnlyNameAnExport() throws IOException {
        NbdClient client = rig.track(NbdClient.connect(rig.address()));
        client.readGreeting();
        client.out.writeInt(2);
        client.sendOption(NbdClient.LIST, new byte[0]);
        assertTrue(client.gone());
    }

    @Test
    void oneConnectionServesOneExport() throws DiskException, IOException {
        MemoryDisk other = new MemoryDisk(4096);
        rig.export(other, r -> r.withName("other"));
        NbdClient a = rig.track(NbdClient.open(rig.address(), "first", NbdClient.Style.SIMPLE));
        NbdClient b = rig.track(NbdClient.open(rig.address(), "other", NbdClient.Style.EXTENDED));
        a.write(0, new byte[] {1, 2, 3, 4});
        assertArrayEquals(new byte[4], b.read(0, 4));
        assertArrayEquals(new byte[] {1, 2, 3, 4}, a.read(0, 4));
    }

    @Test
    void theNameOfAnExportHasALimit() {
        org.junit.jupiter.api.Assertions.assertThrows(
                IllegalArgumentException.class, () -> ExportRequest.of("x".repeat(4097)));
    }
}
