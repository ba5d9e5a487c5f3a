// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.print;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.platter.disk.OpenFlag;

class JsonTest {
    private record Inner(long offset, Optional<String> file) {}

    private record Outer(
            String name, long size, boolean default_, UUID uuid, URI place, OpenFlag flag, List<Inner> parts) {}

    @Test
    void recordsBecomeObjectsInTheOrderOfTheirComponents() throws IOException {
        Outer outer = new Outer(
                "a \"b\" \\ \n ü",
                Long.MAX_VALUE,
                true,
                new UUID(0, 0),
                URI.create("iscsi://joe%25hunter2@h/t/0"),
                OpenFlag.READ_ONLY,
                List.of(new Inner(1, Optional.of("f")), new Inner(2, Optional.empty())));
        JsonObject object = parse(print(outer)).getAsJsonObject();
        assertEquals(
                List.of("name", "size", "default", "uuid", "place", "flag", "parts"), List.copyOf(object.keySet()));
        assertEquals(outer.name(), object.get("name").getAsString());
        assertEquals(Long.MAX_VALUE, object.get("size").getAsLong());
        assertTrue(object.get("default").getAsBoolean());
        assertTrue(object.get("uuid").isJsonNull());
        assertEquals("iscsi://joe%***@h/t/0", object.get("place").getAsString());
        assertEquals("read-only", object.get("flag").getAsString());
        JsonArray parts = object.getAsJsonArray("parts");
        assertEquals("f", parts.get(0).getAsJsonObject().get("file").getAsString());
        assertTrue(parts.get(1).getAsJsonObject().get("file").isJsonNull());
    }

    @Test
    void filesAreShownAsPaths() throws IOException {
        Path path = Path.of("a b.vdi").toAbsolutePath();
        assertEquals(path.toString(), parse(print(path.toUri())).getAsString());
    }

    @Test
    void uuidsThatAreThereAreText() throws IOException {
        UUID uuid = UUID.randomUUID();
        assertEquals(uuid.toString(), parse(print(uuid)).getAsString());
    }

    @Test
    void streamsAreWrittenOneElementALine() throws IOException {
        String text = print(LongStream.range(0, 3).mapToObj(n -> new Inner(n, Optional.empty())));
        assertEquals(
                "[\n{\"offset\":0,\"file\":null},\n{\"offset\":1,\"file\":null},\n{\"offset\":2,\"file\":null}\n]\n",
                text);
        assertEquals(3, parse(text).getAsJsonArray().size());
    }

    @Test
    void anEmptyStreamIsAnEmptyArray() throws IOException {
        assertEquals(
                0, parse(print(LongStream.empty().boxed())).getAsJsonArray().size());
    }

    private static JsonElement parse(String text) {
        return new Gson().fromJson(text, JsonElement.class);
    }

    private static String print(Object value) throws IOException {
        StringWriter out = new StringWriter();
        new Json(out).print(value);
        return out.toString();
    }

    /** Terminals obey them, wherever they stand in what a program prints. */
    @Test
    void noControlCharacterIsPrintedAsItIs() throws IOException {
        String all = LongStream.range(0, 0xa1)
                .collect(StringBuilder::new, (text, c) -> text.append((char) c), StringBuilder::append)
                .toString();
        String printed = print(new Inner(0, Optional.of(all)));
        printed.chars()
                .forEach(c -> assertTrue(
                        c == '\n' || c >= 0x20 && c < 0x7f || c >= 0xa0, () -> "U+" + Integer.toHexString(c)));
        assertEquals(all, parse(printed).getAsJsonObject().get("file").getAsString());
    }
}
