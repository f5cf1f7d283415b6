"""The words of the console in French and Portuguese: those of AWS' own translations, and one word for one thing."""

from __future__ import annotations

import re

import pytest

from tests.console.test_catalogs import catalogs, ids, strings
from tests.support import ROOT

#: As AWS' localised documentation has them.
WORDS = {
    "Create queue": ("Créer une file d'attente", "Criar fila"),
    "Queues": ("Files d'attente", "Filas"),
    "Standard": ("Standard", "Padrão"),
    "Visibility timeout": ("Délai de visibilité", "Tempo limite de visibilidade"),
    "Send and receive messages": ("Envoyer et recevoir des messages", "Enviar e receber mensagens"),
    "Message body": ("Corps du message", "Corpo da mensagem"),
    "Send message": ("Envoyer le message", "Enviar mensagem"),
    "Receive messages": ("Recevoir des messages", "Receber mensagens"),
    "Show details": ("Afficher les détails", "Exibir detalhes"),
    "Delete": ("Supprimer", "Excluir"),
    "Purge": ("Purger", "Limpar"),
    "Dead-letter queue": ("File d'attente de lettres mortes", "Fila de mensagens mortas"),
    "Start redrive": ("Démarrer la redirection", "Iniciar redirecionamento"),
    "Create bucket": ("Créer un compartiment", "Criar bucket"),
    "Upload": ("Charger", "Fazer upload"),
    "Add files": ("Ajouter des fichiers", "Adicionar arquivos"),
    "Properties": ("Propriétés", "Propriedades"),
    "Event notifications": ("Notifications d'événements", "Notificações de eventos"),
}
#: Other words for what has one already (policy, tag, e-mail, delivery, statement, trigger), Portugal's, and signs.
OTHERS = {
    "fr": r"stratégie|étiquette|courriel|\bremises?\b|\bdéclarations?\b|[’]|\.\.\.",
    "pt": r"\bgatilhos?\b|\bdeclaraç|ficheiro|utilizador|\becrã|\bpartilh|eliminar|\.\.\.",
}


@pytest.mark.parametrize(("at", "language"), [(0, "fr"), (1, "pt")])
def test_the_words_are_those_of_aws(at: int, language: str) -> None:
    found = {each.id: each.string for catalog in catalogs(language).values() for each in catalog}
    assert {word: found.get(word) for word in WORDS} == {word: given[at] for word, given in WORDS.items()}


@pytest.mark.parametrize("language", ["fr", "pt"])
def test_one_thing_has_one_word(language: str) -> None:
    said = [text for catalog in catalogs(language).values() for each in catalog if each.id for text in strings(each)]
    assert said
    assert [text for text in said if re.search(OTHERS[language], text, re.IGNORECASE)] == []


@pytest.mark.parametrize(("language", "pages"), [("en", "first-*[a-z].md"), ("fr", "*.fr.md"), ("pt", "*.pt.md")])
def test_tutorials_call_what_is_to_be_clicked_by_its_name(language: str, pages: str) -> None:
    texts = catalogs("fr" if language == "en" else language).values()
    known = {each for found in texts for one in found for each in (ids(one) if language == "en" else strings(one))}
    tutorials = [
        page for page in ROOT.glob(f"docs/tutorial/{pages}") if (page.name.count(".") == 1) == (language == "en")
    ]
    named = {each for page in tutorials for each in _clicked(page.read_text(encoding="utf-8"))}
    assert len(tutorials) >= 4
    assert len(named) > 15
    assert sorted(named - known) == []


def _clicked(text: str) -> list[str]:
    """What a tutorial has in italics from where it comes to the console."""
    return re.findall(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])", text.partition("/_chasqui/console")[2])
