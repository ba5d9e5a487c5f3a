// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.gogo;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.jline.builtins.Completers.CompletionData;
import org.platter.shell.Interpreter;
import org.platter.shell.option.Option;
import org.platter.shell.option.Syntax;

/** Makes our commands known to completion; the profile of the interactive shell calls it. */
final class CompletionsFunction implements Function {
    private static final String VARIABLE = ".completions";

    @Override
    public Object execute(CommandSession session, List<Object> arguments) {
        Map<String, List<CompletionData>> completions = new Lazy();
        if (session.get(VARIABLE) instanceof Map<?, ?> present) {
            present.forEach((command, data) -> completions.put((String) command, list((List<?>) data)));
        }
        session.put(VARIABLE, completions);
        return null;
    }

    private static List<CompletionData> list(List<?> data) {
        List<CompletionData> copy = new ArrayList<>();
        data.forEach(one -> copy.add((CompletionData) one));
        return copy;
    }

    /** Looks at a command's options when somebody first asks, so that the prompt does not wait for all commands. */
    private static final class Lazy extends HashMap<String, List<CompletionData>> {
        private static final long serialVersionUID = 1L;

        @Override
        public List<CompletionData> get(Object command) {
            return containsKey(command) ? super.get(command) : ours((String) command);
        }

        private List<CompletionData> ours(String command) {
            String prefix = GogoCommands.SCOPE + ":";
            String name = command.startsWith(prefix) ? command.substring(prefix.length()) : "";
            if (!Interpreter.commands().contains(name)) {
                return null;
            }
            List<CompletionData> data = data(Interpreter.command(name).syntax());
            put(command, data);
            return data;
        }

        private static List<CompletionData> data(Syntax syntax) {
            List<CompletionData> data = new ArrayList<>();
            data.add(new CompletionData(null, syntax.summary(), null, null));
            data.add(new CompletionData(null, null, GogoCommands.SCOPE + ":_complete", null));
            for (Option<?> option : syntax.options()) {
                data.add(new CompletionData(option.names(), option.text(), null, null));
            }
            return data;
        }
    }
}
