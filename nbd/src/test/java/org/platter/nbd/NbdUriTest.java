// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.export.ExportRequest;

class NbdUriTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "nbd://127.0.0.1:10809/win",
                "nbd://127.0.0.1:0/",
                "nbd://192.0.2.7:1234/a%20b%2F%2B%C3%BC",
                "nbd://[0:0:0:0:0:0:0:1]:10809/six",
                "nbd+unix:///win?socket=/run/platter/w%20n.sock"
            })
    void textsAndRequestsMatch(String text) throws DiskException {
        assertEquals(text, NbdUri.of(NbdUri.parse(text)).toString());
    }

    @Test
    void whatIsLeftOutIsUsual() throws DiskException {
        assertEquals(ExportRequest.of("win"), NbdUri.parse("nbd:///win"));
        assertEquals(ExportRequest.of(""), NbdUri.parse("nbds://127.0.0.1"));
    }

    @Test
    void anyAddressIsReachedAtThisHost() throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 5);
        assertEquals(
                "nbd://localhost:5/x", NbdUri.of(ExportRequest.of("x").at(any)).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "win", "http://127.0.0.1/win", "nbd+unix:///win", "nbd+unix:///w?socket=", "nbd://h:99999/x"
            })
    void otherTextsAreBadValues(String text) {
        assertEquals(
                ErrorCode.BAD_VALUE,
                assertThrows(DiskException.class, () -> NbdUri.parse(text)).code());
    }
}
