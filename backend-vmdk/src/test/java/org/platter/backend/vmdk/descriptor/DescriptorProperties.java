// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.StringLength;
import org.platter.error.DiskException;

/** What holds for every descriptor. */
class DescriptorProperties {
    private static final List<String> LINES = List.of(
            "",
            "   ",
            "# a comment, grün",
            "#",
            "CID=123",
            "parentCID = ffffffff",
            "createType=\"custom\"",
            "someKey = \"some value\"  ",
            "\tddb.a.b-c_d=x=y=\"z\"",
            "RW 8 SPARSE \"a.vmdk\"",
            "RDONLY 63 FLAT \"b c.vmdk\" 5 u d",
            "NOACCESS 1 ZERO",
            "ddb.comment = \"\\\\n\"");

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> end = Arbitraries.of("\n", "\r\n");
        Arbitrary<List<String>> lines = Arbitraries.of(LINES).list().ofMaxSize(20);
        return lines.flatMap(all -> end.map(each -> "# Disk DescriptorFile" + each + String.join(each, all)));
    }

    private static Descriptor parse(String text) throws DiskException {
        return Descriptor.parse(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Property(tries = 500)
    void comesBackByteForByte(@ForAll("texts") String text) throws DiskException {
        assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), parse(text).bytes());
    }

    @Property(tries = 500)
    void changedValueIsReadBackAndNothingElseChanges(@ForAll("texts") String text) throws DiskException {
        Descriptor before = parse(text);
        Descriptor after =
                Descriptor.parse(ByteBuffer.wrap(before.with("CID", "42").bytes()));
        assertEquals(Optional.of("42"), after.value("CID"));
        assertEquals(before.extents(), after.extents());
        for (String key : List.of("parentCID", "createType", "someKey", "ddb.a.b-c_d", "ddb.comment")) {
            assertEquals(before.value(key), after.value(key));
        }
    }

    @Property(tries = 300)
    void commentsSurviveInEveryEncoding(@ForAll @StringLength(max = 100) String comment) throws DiskException {
        for (String encoding : List.of("UTF-8", "windows-1252", "Shift_JIS", "nonsense")) {
            Descriptor plain = parse("# Disk DescriptorFile\nencoding=\"" + encoding + "\"\n");
            Descriptor with = Descriptor.parse(
                    ByteBuffer.wrap(plain.withText("ddb.comment", comment).bytes()));
            assertEquals(comment, Comments.unescape(with.value("ddb.comment").orElseThrow()));
        }
    }

    @Property(tries = 500)
    void unescapingTakesAnyText(@ForAll String value) {
        Comments.unescape(value);
    }

    @Property(tries = 300)
    void parsingGivesADescriptorOrARefusal(@ForAll("mutations") byte[] text) {
        try {
            byte[] bytes = Descriptor.parse(ByteBuffer.wrap(text)).bytes();
            assertArrayEquals(java.util.Arrays.copyOf(text, bytes.length), bytes);
        } catch (DiskException e) {
            assertEquals(org.platter.error.ErrorCode.BAD_HEADER, e.code());
        }
    }

    @Provide
    Arbitrary<byte[]> mutations() {
        Arbitrary<Integer> places = Arbitraries.integers().between(0, 200);
        Arbitrary<Byte> values = Arbitraries.bytes();
        return texts().flatMap(text -> places.flatMap(place -> values.map(value -> {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            bytes[place % bytes.length] = value;
            return bytes;
        })));
    }
}
