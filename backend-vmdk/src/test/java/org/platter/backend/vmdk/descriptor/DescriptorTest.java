// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class DescriptorTest {
    private static final String START = "# Disk DescriptorFile\n";

    /** As VMware and QEMU write it, with what we do not know between. */
    private static final String REAL = START + """
            version=1
            CID=66ca9805
            parentCID=ffffffff
            createType="twoGbMaxExtentSparse"
            \tunknownKey  =  some value\t

            # Extent description
            RW 4192256 SPARSE "d-s001.vmdk"
            RDONLY 100 FLAT "d-f.vmdk" 63 someUuid "a device"
            NOACCESS 5 ZERO\s

            # The Disk Data Base
            #DDB
            ddb.geometry.cylinders = "10402"
            DDB.Adaptertype = "ide"
            ddb.toolsVersion = "2147483647"
            """;

    private static Descriptor parse(String text) throws DiskException {
        return Descriptor.parse(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String text(Descriptor descriptor) {
        return new String(descriptor.bytes(), StandardCharsets.UTF_8);
    }

    private static String refusal(String text) {
        DiskException e = assertThrows(DiskException.class, () -> parse(text));
        assertEquals(ErrorCode.BAD_HEADER, e.code());
        return e.getMessage();
    }

    @Test
    void findsValuesWithoutRegardToCaseAndBlanks() throws DiskException {
        Descriptor descriptor = parse(REAL);
        assertEquals(Optional.of("66ca9805"), descriptor.value("cid"));
        assertEquals(Optional.of("some value"), descriptor.value("UNKNOWNKEY"));
        assertEquals(Optional.of("ide"), descriptor.value("ddb.adapterType"));
        assertEquals(Optional.empty(), descriptor.value("ddb.comment"));
    }

    @Test
    void readsExtentsOfAllShapes() throws DiskException {
        assertEquals(
                List.of(
                        new ExtentLine(ExtentLine.Access.RW, 4192256, ExtentLine.Type.SPARSE, "d-s001.vmdk", -1, ""),
                        new ExtentLine(
                                ExtentLine.Access.RDONLY,
                                100,
                                ExtentLine.Type.FLAT,
                                "d-f.vmdk",
                                63,
                                "someUuid \"a device\""),
                        new ExtentLine(ExtentLine.Access.NOACCESS, 5, ExtentLine.Type.ZERO, "", -1, "")),
                parse(REAL).extents());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RW 8 VMFS \"x-flat.vmdk\"",
                "RW 8 VMFS \"x-flat.vmdk\" 0",
                "rw 8 vmfsSparse \"x-delta.vmdk\"",
                "RW 8 SESPARSE \"x\"",
                "RW 8 FLAT \"x y.vmdk\" 128",
                "RW 8 FLAT \"x.vmdk\" 128 partitionUuid deviceId",
                "  RW\t8   SPARSE  \"a=b.vmdk\"  "
            })
    void acceptsExtentLines(String line) throws DiskException {
        assertEquals(8, parse(START + line + "\n").extents().get(0).sectors());
        assertEquals(START + line + "\n", text(parse(START + line + "\n")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RW",
                "RW 8",
                "RW 0 ZERO",
                "RW -8 ZERO",
                "RW 0x8 ZERO",
                "RW 99999999999999999999 ZERO",
                "RW 18014398509481984 ZERO",
                "RW 8 SPARSE",
                "RW 8 SPARSE \"unterminated",
                "RW 8 SPARSE \"a\"b",
                "RW 8 SPARSE \"a\" 5",
                "RW 8 FLAT \"a\" x",
                "RW 8 FLAT \"a\" 18014398509481984",
                "RW 8 UNKNOWN \"a\"",
                "RW 8 SPARSE \"a\tb\"",
                "RW 8 SPARSE \"\"",
                "RWX 8 FLAT \"a\" 0",
                "RWX 8 FLAT \"a=b\" 0",
                "no line at all",
                "=value",
                "key=\"unterminated",
                "CID=1\nCID=2",
                "a lone\rcarriage return = 1"
            })
    void refusesLines(String line) {
        refusal(START + line + "\n");
    }

    @Test
    void refusesSizesThatAddUpToTooMuch() {
        refusal(START + "RW 10000000000000000 ZERO\n".repeat(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Disk DescriptorFile\n", "\0version=1\n", "\u0001\nversion=1\n"})
    void refusesWhatIsNoDescriptor(String text) {
        refusal(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "# Disk Descriptorfiles\n",
                "Disk DescriptorFile\nversion=1\n",
                "CID=1\nversion=1\n",
                "version=x\n",
                "# a\0\nversion=1\n"
            })
    void takesNothingElseForADescriptor(String text) {
        assertFalse(Descriptor.startsLikeOne(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n# Disk DescriptorFile\n",
                "#Disk DescriptorFile\n",
                "# made by hand\nversion=1\nCID=1\n",
                "\r\n\r\nversion = 1\r\n",
                "version=1\n",
                "\uFEFFversion=\"1\"\n",
            })
    void findsADescriptorByItsVersion(String text) throws DiskException {
        assertTrue(Descriptor.startsLikeOne(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
        assertEquals(text, text(parse(text)));
        boolean version = text.contains("version");
        assertEquals(version ? Optional.of("1") : Optional.empty(), parse(text).value("version"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"# Disk DescriptorFile", "# Disk Descriptor File\n", "\uFEFF# Disk DescriptorFile\r\nCID=1"})
    void acceptsTheFirstLineInItsSpellings(String text) throws DiskException {
        assertEquals(text, text(parse(text)));
    }

    @Test
    void changesOnlyTheLinesThatChange() throws DiskException {
        Descriptor changed = parse(REAL)
                .with("CID", "00000001")
                .withQuoted("ddb.geometry.cylinders", "7")
                .withQuoted("ddb.new", "x")
                .with("newHeader", "y");
        assertEquals(
                REAL.replace("66ca9805", "00000001")
                                .replace("10402", "7")
                                .replace("some value\t\n", "some value\t\nnewHeader=y\n")
                        + "ddb.new = \"x\"\n",
                text(changed));
        assertEquals(Optional.of("7"), changed.value("ddb.geometry.cylinders"));
    }

    @Test
    void keepsWindowsLineEnds() throws DiskException {
        String text = REAL.replace("\n", "\r\n");
        assertEquals(
                text.replace("66ca9805", "1") + "ddb.x = \"2\"\r\n",
                text(parse(text).with("CID", "1").withQuoted("ddb.x", "2")));
    }

    @Test
    void endsALineWithoutEndBeforeItAddsAnother() throws DiskException {
        assertEquals(
                START + "CID=1\nddb.x = \"2\"\n", text(parse(START + "CID=1").withQuoted("ddb.x", "2")));
        ExtentLine zero = new ExtentLine(ExtentLine.Access.RW, 1, ExtentLine.Type.ZERO, "", -1, "");
        assertEquals(START + "CID=1\nRW 1 ZERO\n", text(parse(START + "CID=1").withExtents(List.of(zero))));
    }

    @Test
    void takesAKeyAwayWhereverItIs() throws DiskException {
        Descriptor descriptor = parse(START + "ddb.a = \"1\"\nDDB.A = \"2\"\nddb.b = \"3\"\n");
        assertEquals(Optional.of("1"), descriptor.value("ddb.a"));
        assertEquals(START + "ddb.b = \"3\"\n", text(descriptor.without("ddb.a")));
    }

    @Test
    void replacesExtentsWhereTheyAre() throws DiskException {
        Descriptor descriptor = parse(REAL);
        List<ExtentLine> lines = new java.util.ArrayList<>(descriptor.extents());
        lines.set(0, lines.get(0).withName("e-s001.vmdk"));
        lines.add(ExtentLine.of(512, ExtentLine.Type.FLAT, "e.vmdk", 0));
        assertEquals(
                REAL.replace("d-s001", "e-s001").replace("ZERO \n", "ZERO \nRW 1 FLAT \"e.vmdk\" 0\n"),
                text(descriptor.withExtents(lines)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\"b", "a\nRW 8 FLAT \"/etc/passwd\" 0", "a\rb", "a\0b", "\u0085"})
    void refusesValuesThatWouldBecomeOtherLines(String value) throws DiskException {
        Descriptor descriptor = parse(REAL);
        assertEquals(
                ErrorCode.BAD_VALUE,
                assertThrows(DiskException.class, () -> descriptor.withQuoted("ddb.x", value))
                        .code());
    }

    @ParameterizedTest
    @ValueSource(strings = {"windows-1252", "Shift_JIS", "GBK", "Big5", "UTF-8"})
    void decodesTheEncodingThatIsDeclared(String name) throws DiskException {
        Charset charset = Charset.forName(name);
        String letters = name.startsWith("windows") || name.startsWith("UTF") ? "Grüße" : "表示";
        String text =
                START + "encoding=\"" + name + "\"\nddb.x = \"" + letters + "\"\nRW 1 SPARSE \"" + letters + "\"\n";
        Descriptor descriptor = Descriptor.parse(ByteBuffer.wrap(text.getBytes(charset)));
        assertEquals(Optional.of(letters), descriptor.value("ddb.x"));
        assertEquals(letters, descriptor.extents().get(0).name());
        assertArrayEquals(text.getBytes(charset), descriptor.bytes());
        String more = text + "ddb.y = \"" + letters + "\"\n";
        assertArrayEquals(
                more.getBytes(charset), descriptor.withQuoted("ddb.y", letters).bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "UTF-16", "x-JISAutoDetect", "IBM037", "no such name!"})
    void acceptsAnyEncodingOfAsciiOnly(String name) throws DiskException {
        assertEquals(
                Optional.of("1"),
                parse(START + "encoding=\"" + name + "\"\nCID=1\n").value("CID"));
        refusal(START + "encoding=\"" + name + "\"\nddb.x = \"ü\"\n");
    }

    @Test
    void refusesBytesThatAreNotOfTheEncoding() {
        byte[] text = (START + "ddb.x = \"?\"\n").getBytes(StandardCharsets.US_ASCII);
        text[START.length() + 9] = (byte) 0xFF;
        assertThrows(DiskException.class, () -> Descriptor.parse(ByteBuffer.wrap(text)));
    }

    @Test
    void textEndsAtTheFirstNul() throws DiskException {
        assertEquals(START + "CID=1\n", text(parse(START + "CID=1\n\0\0garbage\0")));
    }

    @Test
    void isBoundedInLinesExtentsAndTime() {
        refusal(START + "# " + "x".repeat(1 << 16) + "\n");
        refusal(START + "RW 1 ZERO\n".repeat(4097));
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            parse(START + "\n".repeat(1 << 20));
            parse(START + "RW 1 ZERO\n".repeat(4096));
            StringBuilder keys = new StringBuilder(START);
            for (int i = 0; i < 60_000; i++) {
                keys.append("k").append(i).append("=1\n");
            }
            assertEquals(Optional.of("1"), parse(keys.toString()).value("k59999"));
        });
    }

    @Test
    void recognisesItsStart() {
        assertTrue(Descriptor.startsLikeOne(ByteBuffer.wrap(START.getBytes(StandardCharsets.UTF_8))));
        assertTrue(Descriptor.startsLikeOne(
                ByteBuffer.wrap("# Disk DescriptorFile \r\n".getBytes(StandardCharsets.UTF_8))));
        assertEquals(false, Descriptor.startsLikeOne(ByteBuffer.wrap("# Disk Desc".getBytes(StandardCharsets.UTF_8))));
        assertEquals(false, Descriptor.startsLikeOne(ByteBuffer.allocate(0)));
    }
}
