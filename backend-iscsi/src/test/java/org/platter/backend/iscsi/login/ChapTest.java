// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors and binary values. */
class ChapTest {
    @ParameterizedTest
    @CsvSource({
        "MD5,382401cac4898ba5d340f33224660bdf",
        "SHA1,9c8561f42fc9e1facc42e5f67691a0377aa082d8",
        "SHA256,f032a2f87e179637aff9579bc6067cb7f2961483f06c6598758558f155a6f62c",
        "SHA3_256,49f0f179536f0c79faa2dad1c16db89f387a046f0ec1ffd5c7b2b8a4ba3e1d7f"
    })
    void respondsAsTheVectorsSay(Chap.Algorithm algorithm, String expected) throws Exception {
        byte[] challenge = new byte[16];
        for (int i = 0; i < 16; i++) {
            challenge[i] = (byte) i;
        }
        byte[] secret = "target-secret-12".getBytes(StandardCharsets.UTF_8);
        assertEquals(expected, HexFormat.of().formatHex(Chap.response(algorithm, (byte) 9, secret, challenge)));
    }

    @ParameterizedTest
    @CsvSource({"0x0aFF,0aff", "0XaFF,0aff", "0bCv8=,0aff", "0BCv8=,0aff"})
    void readsBinaryValuesOfEveryForm(String text, String bytes) throws Exception {
        assertArrayEquals(HexFormat.of().parseHex(bytes), Chap.binary("CHAP_C", text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0x", "0b", "12", "0xg0", "0b!", "x0", "0x "})
    void refusesOtherText(String text) {
        assertThrows(ProtocolException.class, () -> Chap.binary("CHAP_C", text));
    }

    @ParameterizedTest
    @CsvSource({
        "host,host,3260",
        "host:1,host,1",
        "'[fe80::1%eth0]:99',fe80::1%eth0,99",
        "'[::1],1',::1,3260",
        "'h:7,5',h,7"
    })
    void readsPortals(String text, String host, int port) {
        assertEquals(new Portal(host, port), Portal.parse(text).orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":1", "h:0", "h:65536", "h:x", "::1", "[::1", "a b", "a/b", "h:1:2", "h@x"})
    void refusesOtherPortals(String text) {
        assertEquals(java.util.Optional.empty(), Portal.parse(text));
    }
}
